// Keys of the office: "/" search, "G" then a letter goes to a page, digits press the button that names them.
(() => {
  let going = false;
  const typing = (target) => target.matches("input, select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    } else if (going) {
      document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
    } else if (key !== "g") {
      document.querySelector(`button[aria-keyshortcuts="${CSS.escape(key)}"]`)?.click();
    }
    going = !going && key === "g";
  });
})();
