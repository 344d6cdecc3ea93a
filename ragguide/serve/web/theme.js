// The stored choice of light or dark in, the document's theme out, before anything is drawn.
"use strict";
{
  const chosen = localStorage.getItem("ragguide-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
}
