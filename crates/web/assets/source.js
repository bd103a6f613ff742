// How far the harvest of a source has come, while it goes on. The page says it too, once, without this.
(() => {
  const line = document.getElementById("progress");
  if (!line || !window.EventSource) return;
  const events = new EventSource(line.dataset.from);
  events.onmessage = ({ data }) => {
    line.textContent = data;
    line.hidden = !data;
  };
})();
