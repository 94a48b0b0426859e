import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const admin = process.env.WEIR_ADMIN ?? "http://127.0.0.1:8081";
// The admin API compares Origin with Host: both must name this server.
const toAdmin = { target: admin, changeOrigin: false };

export default defineConfig({
  plugins: [react(), tailwindcss()],
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  // light-dark() is used for every colour; older targets would have it rewritten.
  build: { target: ["chrome123", "firefox121", "safari17.5"], assetsInlineLimit: 0, sourcemap: false },
  server: { proxy: { "/api": toAdmin, "/openapi.json": toAdmin } },
});
