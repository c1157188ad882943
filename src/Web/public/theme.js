// Runs before the first paint, from its own file because the content security policy forbids inline scripts.
try {
  const theme = localStorage.getItem("chatloop.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be blocked: the system's theme is used.
}
