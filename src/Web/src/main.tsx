import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { goToSignIn } from "./account/paths";
import { onSignInNeeded } from "./api/http";
import { App } from "./app/App";
import { createServices } from "./app/services";
import "./theme/tokens.css";
import "./theme/base.css";
import "./controls/controls.css";
import "./controls/overlays.css";
import "./app/app.css";

onSignInNeeded(goToSignIn);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App services={createServices()} />
    </StrictMode>,
  );
}
