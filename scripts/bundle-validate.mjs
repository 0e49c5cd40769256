// Makes one file of `validate` in the build: to load two hundred modules takes several times as long as what it does.
import { build } from "esbuild";

await build({
  entryPoints: ["apps/cli/src/commands/validate.ts"],
  outfile: "apps/cli/dist/commands/validate.js",
  allowOverwrite: true,
  bundle: true,
  conditions: ["source"],
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: true,
  sourcesContent: false,
  // Packages of CommonJS ask for Node's own modules.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  plugins: [
    {
      // An error that a command throws is told by its class, of which there is to be one.
      name: "cli-error",
      setup(builder) {
        const shared = { path: "../cli-error.js", external: true };
        builder.onResolve({ filter: /\/cli-error\.ts$/ }, () => shared);
      },
    },
  ],
});
