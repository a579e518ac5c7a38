// Keying coupons: Enter completes a row and goes to the next; letters press the button that names them.
(() => {
  const form = document.querySelector("form[data-keying]");
  if (!form) return;
  const rows = [...form.querySelectorAll("input.keyed")];
  form.addEventListener("keydown", (event) => {
    const at = rows.indexOf(event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && rows[at].value && at + 1 < rows.length) {
      event.preventDefault();
      rows[at + 1].focus();
      rows[at + 1].select();
    } else if (event.key === "Backspace" && !rows[at].value && at) {
      event.preventDefault();
      rows[at - 1].focus();
    } else if (/^[a-z]$/i.test(event.key)) {
      event.preventDefault();
      form.querySelector(`button[aria-keyshortcuts="${event.key.toLowerCase()}"]`)?.click();
    }
  });
  // Only what the server sent back: what was typed meanwhile must not be overwritten.
  const now = document.activeElement;
  if (rows.includes(now) && now.defaultValue && now.value === now.defaultValue) now.select();
})();
