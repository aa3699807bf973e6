// Runs before anything is painted: colour scheme, language and direction. A file of its own, because the page's
// policy allows no script in the page.
(() => {
  const root = document.documentElement;
  let wanted = 'auto';
  try {
    wanted = localStorage.getItem('bedside.scheme') ?? 'auto';
  } catch {
    // Storage can be refused; the system's scheme is good enough then.
  }
  const dark =
    wanted === 'dark' || (wanted !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.lang = 'en';
  root.dir = 'ltr';
})();
