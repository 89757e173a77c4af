// The script in two files: core.js for reading, tools.js for working. They share modules, and a module
// must be there only once. So core.js hands what tools.js imports from it over a table, by
// number; which names that are is read from the sources.

import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

const TABLE = 'globalThis[Symbol.for("crisis-room")]';

/** name(contents) gives the hashed file name. Gives {core, tools} as bytes. */
export async function bundleScripts(here, options, name) {
  const folder = join(here, "js");
  const coreModules = await modulesOf(join(folder, "main.js"), options);
  const toolModules = (await modulesOf(join(folder, "tools.js"), options)).filter((path) => !coreModules.includes(path));
  const shared = namesTaken(toolModules, coreModules);
  const tools = await bundle({ ...options, entryPoints: [join(folder, "tools.js")], format: "esm", plugins: [fromTable(shared)] });
  const core = await bundle({
    ...options,
    stdin: { contents: handOver(shared), resolveDir: folder },
    format: "iife",
    define: { __TOOLS__: JSON.stringify(`./${name(tools)}`) },
  });
  return { core, tools };
}

async function modulesOf(entry, options) {
  const result = await build({ ...options, entryPoints: [entry], format: "esm", metafile: true, absWorkingDir: dirname(entry) });
  return Object.keys(result.metafile.inputs).map((path) => join(dirname(entry), path)).sort();
}

/** [{path, name}] for every name that a module of tools.js imports from one of core.js. */
function namesTaken(toolModules, coreModules) {
  const taken = new Map();
  for (const module of toolModules) {
    for (const [, names, from] of readFileSync(module, "utf8").matchAll(/import \{([^}]+)\} from "(\.[^"]+)"/g)) {
      const path = join(dirname(module), from);
      if (!coreModules.includes(path)) continue;
      for (const name of names.split(",").map((part) => part.trim()).filter(Boolean)) taken.set(`${path} ${name}`, { path, name });
    }
  }
  return [...taken].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function handOver(shared) {
  const imports = shared.map(({ path, name }, index) => `import { ${name} as s${index} } from "./${basename(path)}";`);
  return `import "./main.js";\n${imports.join("\n")}\n${TABLE} = [${shared.map((_, index) => `s${index}`)}];`;
}

const fromTable = (shared) => ({
  name: "from-table",
  setup({ onLoad }) {
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      const names = shared.map((one, index) => ({ ...one, index })).filter((one) => one.path === path);
      if (!names.length) return undefined;
      return { contents: names.map(({ name, index }) => `export const ${name} = ${TABLE}[${index}];`).join("\n") };
    });
  },
});

async function bundle(options) {
  const result = await build(options);
  return Buffer.from(result.outputFiles[0].contents);
}
