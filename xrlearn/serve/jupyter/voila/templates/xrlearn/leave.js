/* A page that is left ends its program. Voila's own script does so, too, but only once it has come. */
addEventListener("pagehide", () => {
  const { baseUrl, kernelId } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
  const form = new FormData();
  form.set("_xsrf", document.cookie.match(/(?:^|; )_xsrf=([^;]*)/)?.[1] ?? "");
  navigator.sendBeacon(`${baseUrl}voila/api/shutdown/${kernelId}`, form);
});
