import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = "http://127.0.0.1:5080";

export default defineConfig({
  plugins: [react()],
  // ChatApi serves the client: same origin, no CORS, one thing to deploy.
  build: { outDir: "../ChatApi/wwwroot", emptyOutDir: true, target: "es2022" },
  server: {
    proxy: {
      "/api": { target: api },
      "/hubs": { target: api, ws: true },
    },
  },
  test: { environment: "happy-dom", setupFiles: "src/test/setup.ts", restoreMocks: true },
});
