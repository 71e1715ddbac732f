// Light, dark, or as the machine says. The choice is a cookie, so that the server sends the page in it and nothing flashes.
(() => {
  const button = document.getElementById("theme");
  if (!button) return;
  const root = document.documentElement;
  const machine = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : machine.matches);
  const label = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Use light colours" : "Use dark colours");
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    document.cookie = `dealwright_theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    label();
  });
  machine.addEventListener("change", label);
  label();
})();
