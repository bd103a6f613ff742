// The desk: saves while somebody types, sends files over lines that break, and keeps hands on the
// keyboard. Every page works without it.
(() => {
  "use strict";
  const form = document.getElementById("draft");

  // What is typed is kept on this device first and on the server half a second after the last key. A
  // save is sent again until it is answered; what was typed stays here until the server has it.
  if (form) {
    const status = document.getElementById("saved");
    const device = Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
    // Each page keeps its own words: two tabs on one draft never write over one another.
    const drawer = "draft:" + form.dataset.key.replace(/^\/../, "") + ":", key = drawer + device;
    let sequence = 0, timer = 0, wait = 1, flight = null, last = "", saves = "";
    const words = () => {
      const pairs = new URLSearchParams(new FormData(form));
      for (const name of ["base", "was"]) pairs.delete(name);
      return pairs.toString();
    };
    const field = (name) => form.elements.namedItem(name);
    const say = (text, href) => {
      status.textContent = "";
      const node = href ? document.createElement("a") : document.createElement("span");
      if (href) node.href = href;
      node.textContent = text;
      status.append(node);
    };
    // The device may be full or closed to us: the server is asked all the same.
    const drawersOf = () => { try { return Object.keys(localStorage).filter((name) => name.startsWith(drawer)); } catch { return []; } };
    const look = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
    const drop = (name) => { try { localStorage.removeItem(name); } catch { /* as above */ } };
    const keep = () => {
      try {
        localStorage.setItem(key, JSON.stringify({ words: words(), base: field("base").value, was: field("was").value, sequence }));
      } catch { /* as above */ }
    };
    const post = async (sent, base, was, own, count) => {
      const body = new URLSearchParams(sent);
      for (const [name, value] of Object.entries({ base, was, step: form.dataset.step, device: own, sequence: count })) body.set(name, String(value));
      const answer = await fetch(form.dataset.save, { method: "POST", body, credentials: "same-origin", redirect: "error" });
      if (answer.status === 401) return { kept: "ended" };
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    };
    // Sends the words of now; what became of them, or nothing where there was no answer.
    const send = async () => {
      const sent = last = words();
      say(form.dataset.saving);
      try {
        const told = await post(sent, field("base").value, field("was").value, device, ++sequence);
        wait = 1;
        if (told.kept === "ended") { say(form.dataset.ended); return "ended"; }
        if (told.kept === "beside") { saves = told.saves; say(form.dataset.conflict, saves); }
        else { field("base").value = told.base; field("was").value = told.was; }
        // What was typed meanwhile is still on the device alone.
        if (words() === sent) { drop(key); if (told.kept !== "beside") say(form.dataset.saved); } else keep();
        return told.kept;
      } catch {
        say(form.dataset.offline);
        wait = Math.min(wait * 2, 60);
        clearTimeout(timer);
        timer = setTimeout(save, wait * 1000);
        return "";
      }
    };
    const save = () => {
      flight = flight || (async () => {
        let kept;
        do { kept = await send(); } while ((kept === "here" || kept === "beside") && words() !== last);
        return kept;
      })().finally(() => { flight = null; });
      return flight;
    };
    form.addEventListener("input", () => {
      keep();
      clearTimeout(timer);
      timer = setTimeout(save, 500);
    });
    // Nobody leaves the page with words that the server does not have.
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      keep();
      clearTimeout(timer);
      const kept = await save();
      if (kept === "beside") { location.assign(saves); return; }
      if (kept !== "here") return;
      const go = document.createElement("input");
      go.type = "hidden"; go.name = "go"; go.value = event.submitter ? event.submitter.value : "next";
      form.append(go);
      form.submit();
    });
    addEventListener("online", () => { if (look(key)) save(); });
    addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); save(); }
    });
    // Words of a page that was closed before the server had them are offered again, and sent in the name
    // of that page: upon what it had seen, whatever else has been typed since.
    for (const name of drawersOf()) {
      const raw = look(name), found = (() => { try { return JSON.parse(raw); } catch { return null; } })();
      if (!found) { drop(name); continue; }
      const note = document.createElement("p");
      note.className = "note";
      note.setAttribute("role", "status");
      note.textContent = form.dataset.found + " ";
      const button = (label, act) => {
        const made = document.createElement("button");
        made.type = "button"; made.className = "quiet"; made.textContent = label;
        made.addEventListener("click", act);
        note.append(made, " ");
      };
      button(form.dataset.restore, async () => {
        try {
          const told = await post(found.words, found.base, found.was, name.slice(drawer.length), (found.sequence || 0) + 1);
          if (told.kept === "ended") { say(form.dataset.ended); return; }
          // That page may still be open, and have more by now.
          if (look(name) === raw) drop(name);
          note.remove();
          if (told.kept === "beside") say(form.dataset.conflict, told.saves); else location.reload();
        } catch { say(form.dataset.offline); }
      });
      button(form.dataset.drop, () => { drop(name); note.remove(); });
      form.before(note);
    }
  }

  // A file is sent in parts; after a break it goes on where the server says it stopped.
  const upload = document.getElementById("upload");
  if (upload) {
    const PART = 256 * 1024;
    const input = upload.querySelector("input[type=file]");
    const bar = upload.querySelector("progress");
    const line = upload.querySelector("[role=status] span");
    const where = upload.getAttribute("action");
    const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
    upload.addEventListener("submit", async (event) => {
      const file = input.files[0];
      if (!file) return;
      event.preventDefault();
      bar.hidden = false;
      let at = 0, wait = 1;
      for (;;) {
        const part = file.slice(at, at + PART);
        const address = `${where}?at=${at}&of=${file.size}&name=${encodeURIComponent(file.name)}`;
        try {
          const answer = await fetch(address, { method: "PUT", body: part, credentials: "same-origin", redirect: "error" });
          const told = await answer.json();
          if (told.refused) { bar.hidden = true; line.textContent = told.refused; return; }
          if (told.done) { location.assign(told.done); location.reload(); return; }
          at = told.at; wait = 1;
          bar.value = at / file.size;
          line.textContent = upload.dataset.progress.replace("{percent}", Math.round(100 * at / file.size));
        } catch {
          line.textContent = upload.dataset.broken;
          await pause(wait);
          wait = Math.min(wait * 2, 30);
          try {
            const asked = await fetch(`${where}?at`, { credentials: "same-origin" });
            at = (await asked.json()).at;
            if (at > file.size) at = 0;
          } catch { /* still no line: the same part is sent again */ }
        }
      }
    });
  }

  // Passkeys: the page asks the browser, which asks the device. Where it knows none, nothing is offered.
  if (window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON) {
    for (const button of document.querySelectorAll("[data-passkey]")) {
      const line = button.parentNode.querySelector("[role=status]");
      const post = async (address, values) => {
        const answer = await fetch(address, { method: "POST", body: new URLSearchParams(values), credentials: "same-origin" });
        if (answer.redirected) { location.assign(answer.url); throw new Error("sign in"); }
        return answer.json();
      };
      button.parentNode.hidden = false;
      button.addEventListener("click", async () => {
        line.textContent = "";
        const makes = "make" in button.dataset;
        try {
          const asked = await post(button.dataset.passkey + "/ask", {});
          if (asked.refused) { line.textContent = asked.refused; return; }
          const publicKey = makes ? PublicKeyCredential.parseCreationOptionsFromJSON(asked.options) : PublicKeyCredential.parseRequestOptionsFromJSON(asked.options);
          const credential = await navigator.credentials[makes ? "create" : "get"]({ publicKey });
          const told = await post(button.dataset.passkey, { key: asked.key, answer: JSON.stringify(credential.toJSON()), next: button.dataset.next });
          if (told.to) location.assign(told.to); else line.textContent = told.refused;
        } catch { /* the person has closed the window of the browser: everything is as before */ }
      });
    }
  }

  // Single keys: j and k move, x chooses, Enter opens, a d m u act. They can be switched off, and mean
  // nothing while somebody types or a modifier is held.
  const rows = Array.from(document.querySelectorAll("[data-row]"));
  const acts = new Map(Array.from(document.querySelectorAll("[data-key]"), (node) => [node.dataset.key, node]));
  if (rows.length || acts.size) {
    const off = document.getElementById("keys-off");
    const silent = () => { try { return localStorage.getItem("keys") === "off"; } catch { return false; } };
    if (off) {
      off.checked = silent();
      off.addEventListener("change", () => { try { localStorage.setItem("keys", off.checked ? "off" : "on"); } catch { /* not kept */ } });
    }
    let here = -1;
    const go = (to) => {
      if (to < 0 || to >= rows.length) return;
      if (rows[here]) rows[here].classList.remove("here");
      here = to;
      rows[here].classList.add("here");
      const link = rows[here].querySelector("a");
      link.focus();
      link.scrollIntoView({ block: "nearest" });
    };
    addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || silent()) return;
      const row = rows[here];
      if (event.key === "j") go(here + 1);
      else if (event.key === "k") go(here - 1);
      else if (event.key === "x" && row && row.querySelector("input")) row.querySelector("input").click();
      else if (["a", "m"].includes(event.key) && row) row.querySelector("a").click();
      else if (acts.has(event.key)) {
        const node = acts.get(event.key);
        if (event.key === "u") node.click();
        else if (node.tagName === "SUMMARY") { node.parentNode.open = true; node.focus(); }
        else { node.scrollIntoView({ block: "center" }); (node.form && node.tagName === "BUTTON" ? node.form.elements[0] : node).focus(); }
      } else return;
      event.preventDefault();
    });
  }
})();
