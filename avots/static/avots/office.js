// What scrolls sideways on a small screen can be scrolled from the keyboard in every browser.
{
  const reach = () => document.querySelectorAll(".card, .scroll").forEach((one) => {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  });
  addEventListener("load", reach);
  addEventListener("resize", reach);
}
// Keys of the office: "/" search, "G" then a letter goes to a page, other keys press what names them.
(() => {
  let going = false;
  const typing = (target) => target.matches("input, select, textarea");
  const press = (event, target) => {
    if (!target) return;
    if (!target.matches("input")) return target.click();
    event.preventDefault();
    target.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const key = event.key.toLowerCase();
    if (key === "/") {
      event.preventDefault();
      document.getElementById("q")?.focus();
    } else if (going) {
      document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
    } else if (key !== "g") {
      press(event, document.querySelector(`main [aria-keyshortcuts="${CSS.escape(key)}"]`));
    }
    going = !going && key === "g";
  });
})();
