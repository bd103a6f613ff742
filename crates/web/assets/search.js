// The search box while a reader types (the combobox of the WAI-ARIA practices), and two keys.
// No page needs it: the form, its answer and every choice work without.
(() => {
  const form = document.getElementById("find");
  const box = form?.elements.q;
  const from = form?.dataset.suggest;
  if (!box || !from) return;
  const make = (name, attributes) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const list = make("ul", { role: "listbox", id: "suggestions", "aria-label": form.dataset.label, hidden: "" });
  const status = make("p", { role: "status", class: "vh" });
  form.append(list, status);
  for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "suggestions" })) box.setAttribute(key, value);

  let items = [], at = -1, timer, request, composing = false;
  const mark = (next) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const option = list.children[at];
    if (!option) return box.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", option.id);
  };
  const close = () => {
    clearTimeout(timer);
    request?.abort();
    request = undefined;
    mark(-1);
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    status.textContent = "";
  };
  const show = (answer) => {
    mark(-1);
    items = answer.items;
    if (!items.length) return close();
    list.replaceChildren(...items.map((item, index) => {
      const option = make("li", { role: "option", id: "suggestion-" + index, "aria-selected": "false" });
      const words = make("span", item.lang ? { lang: item.lang, dir: "auto" } : { dir: "auto" });
      words.textContent = item.text;
      option.append(words);
      if (item.kind) {
        const kind = make("small", {});
        kind.textContent = item.kind;
        option.append(" ", kind);
      }
      return option;
    }));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    status.textContent = answer.said;
  };
  const ask = () => {
    clearTimeout(timer);
    request?.abort();
    request = undefined;
    const words = box.value.trim();
    if (!words) return close();
    timer = setTimeout(async () => {
      const own = (request = new AbortController());
      try {
        const response = await fetch(from + "?q=" + encodeURIComponent(words), { signal: own.signal });
        const answer = response.ok ? await response.json() : { items: [] };
        // An answer to what is no longer in the box is dropped.
        if (own === request && !composing && box.value.trim() === words && document.activeElement === box) show(answer);
      } catch {
        if (own === request) close();
      }
    }, 120);
  };
  const take = (item) => {
    close();
    if (item.href) return location.assign(item.href);
    box.value = item.text;
    form.requestSubmit();
  };

  box.addEventListener("compositionstart", () => { composing = true; close(); });
  box.addEventListener("compositionend", () => { composing = false; ask(); });
  box.addEventListener("input", (event) => { if (!composing && !event.isComposing) ask(); });
  box.addEventListener("blur", close);
  box.addEventListener("keydown", (event) => {
    if (list.hidden || composing || event.isComposing || event.keyCode === 229) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const last = items.length - 1;
    if (event.key === "ArrowDown") mark(at >= last ? -1 : at + 1);
    else if (event.key === "ArrowUp") mark(at < 0 ? last : at - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && items[at]) take(items[at]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const item = items[[...list.children].indexOf(event.target.closest("[role=option]"))];
    if (item) take(item);
  });
  form.addEventListener("submit", close);
  addEventListener("pagehide", close);
  // Back and Forward show what the address says, not what was typed or ticked on the way out.
  addEventListener("pageshow", (event) => {
    const [way] = performance.getEntriesByType("navigation");
    if (event.persisted || way?.type === "back_forward") form.reset();
  });
  // Empty fields stay out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (!value) formData.delete(name);
  });

  const keys = document.getElementById("keys");
  const use = keys.querySelector("input");
  // A browser that keeps nothing uses the keys.
  const kept = (work) => { try { return work(localStorage); } catch { return null; } };
  use.checked = kept((store) => store.getItem("keys")) !== "off";
  use.addEventListener("change", () => kept((store) => store.setItem("keys", use.checked ? "on" : "off")));
  const button = make("button", { type: "button", class: "keys" });
  button.textContent = keys.querySelector("h2").textContent;
  button.addEventListener("click", () => keys.showModal());
  document.querySelector(".foot ul").append(make("li", {}));
  document.querySelector(".foot ul").lastChild.append(button);
  document.addEventListener("keydown", (event) => {
    if (!use.checked || keys.open || event.defaultPrevented || event.isComposing) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.getModifierState("AltGraph")) return;
    if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable]")) return;
    if (event.key === "/") {
      box.focus();
      box.select();
    } else if (event.key === "?") keys.showModal();
    else return;
    event.preventDefault();
  });
})();
