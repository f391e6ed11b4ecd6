/* What Voila's script calls. */
window.voila_finish = () => {
  if (!window.themeLoaded) { window.cellLoaded = true; return; }
  document.getElementById("xr-shell").remove();
  document.getElementById("rendered_cells").classList.remove("xr-waiting");
  performance.mark("xr-shown");
};
window.voila_finish();

/* Pages keep the language in which they are left. */
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.origin !== location.origin || !link.pathname.endsWith(".ipynb")) return;
  const address = new URL(link.href);
  const lang = document.querySelector(".xr-page header")?.lang || document.documentElement.lang;
  if (!address.searchParams.has("lang")) address.searchParams.set("lang", lang);
  link.href = address.href;
}, true);

/* Say so when the kernel behind the page, or the server, is gone. */
{
  const config = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const watch = setInterval(async () => {
    const answer = await fetch(`${config.baseUrl}api/kernels/${config.kernelId}`).catch(() => ({ ok: false }));
    if (answer.ok) return;
    clearInterval(watch);
    document.getElementById("xr-stopped").hidden = false;
  }, 5000);
}
