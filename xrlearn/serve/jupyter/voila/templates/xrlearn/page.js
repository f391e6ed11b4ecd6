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

/* Say so when the widgets do not come, and try again: after a longer time each time, for a machine that is only slow. */
{
  const wanted = [...document.querySelectorAll("#rendered_cells script")].some((cell) => cell.text.includes("widget-view+json"));
  const slow = document.getElementById("xr-slow"), tries = `xr-tries ${location.pathname}`;
  const tried = Number(sessionStorage.getItem(tries)), patience = (window.xrPatience ?? 20000) * 2 ** tried;
  let waited = 0;
  const look = wanted && setInterval(() => {
    waited += 500;
    if (document.querySelector("#rendered_cells .jupyter-widgets")) {
      clearInterval(look);
      slow.hidden = true;
      sessionStorage.removeItem(tries);
    } else if (waited >= 2 * patience) {
      clearInterval(look);
      sessionStorage.setItem(tries, tried + 1);
      location.reload();
    } else if (waited >= patience || tried) slow.hidden = false;
  }, 500);
}
