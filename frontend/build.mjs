// Builds static/ from frontend/: script, style, sign sprite and font, with hashed names,
// compressed twins, a manifest and the licences. The output is committed, so an
// installation needs no Node; a rebuild must therefore give the same bytes.
//
//   node build.mjs           write static/
//   node build.mjs --check   write nothing; fail when static/ is not what the sources give

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleScripts } from "./build/script.mjs";
import { drawSprite } from "./build/sprite.mjs";
import { checkBudgets } from "./build/budgets.mjs";
import { licences } from "./build/licences.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const OUT = join(HERE, "..", "static");
const FONTS = join(HERE, "node_modules/@fontsource-variable/ibm-plex-sans/files");
const TARGET = ["chrome100", "firefox100", "safari15.4"];

async function main() {
  const plain = [
    asset("plex-latin.woff2", readFileSync(join(FONTS, "ibm-plex-sans-latin-wght-normal.woff2"))),
    asset("plex-latin-ext.woff2", readFileSync(join(FONTS, "ibm-plex-sans-latin-ext-wght-normal.woff2"))),
    asset("icons.svg", Buffer.from(drawSprite(HERE))),
    asset("favicon.svg", readFileSync(join(HERE, "icons/favicon.svg"))),
  ];
  const styles = await Promise.all(["app.css", "pages.css"].map((name) => bundleStyle(name, plain)));
  const built = [...(await bundleScript()), ...styles];
  const assets = [...plain, ...built].sort((a, b) => (a.name < b.name ? -1 : 1));
  const problems = checkBudgets(assets);
  const files = outputFiles(assets);
  const changed = process.argv.includes("--check") ? differences(files) : writeAll(files);
  report(assets);
  if (process.argv.includes("--check")) problems.push(...changed.map((name) => `static/${name} is out of date; run npm run build`));
  for (const problem of problems) console.error(`error: ${problem}`);
  process.exitCode = problems.length ? 1 : 0;
}

async function bundleScript() {
  const options = { bundle: true, minify: true, write: false, target: TARGET, charset: "utf8", legalComments: "none", logLevel: "warning" };
  const { core, tools } = await bundleScripts(HERE, options, (bytes) => hashedName("tools.js", bytes));
  return [asset("core.js", core), asset("tools.js", tools)];
}

/** The style sheet names fonts and signs plainly; here the names become the hashed ones. */
async function bundleStyle(name, assets) {
  const entry = join(HERE, "css", name);
  const hashedNames = {
    name: "hashed-names",
    setup(pluginBuild) {
      pluginBuild.onResolve({ filter: /\.(woff2|svg)(#.*)?$/ }, ({ path }) => {
        const [file, mark] = path.replace(/^\.?\//, "").split("#");
        const found = assets.find((one) => one.name === file);
        if (!found) return { errors: [{ text: `${path} is not an asset of this build` }] };
        return { path: `./${found.file}${mark ? `#${mark}` : ""}`, external: true };
      });
    },
  };
  const source = existsSync(entry) ? { entryPoints: [entry] } : { stdin: { contents: "", loader: "css" } };
  const result = await build({
    ...source, bundle: true, minify: true, write: false, target: TARGET, charset: "utf8",
    legalComments: "none", logLevel: "warning", plugins: [hashedNames],
  });
  return asset(name, Buffer.from(result.outputFiles[0].contents));
}

function hashedName(name, bytes) {
  const [stem, ext] = name.split(/\.(?=[^.]+$)/);
  return `${stem}.${createHash("sha256").update(bytes).digest("hex").slice(0, 10)}.${ext}`;
}

function asset(name, bytes) {
  const file = hashedName(name, bytes);
  // A font is compressed already: twins of it would only cost space.
  const twins = name.endsWith(".woff2") ? null : { gz: twin(file, "gz", bytes), br: twin(file, "br", bytes) };
  return { name, file, bytes, twins, gzip: twins?.gz.length ?? bytes.length, br: twins?.br.length ?? bytes.length };
}

/** Another zlib may compress to other bytes, so a twin that still unpacks to the file is kept. */
function twin(file, kind, bytes) {
  const path = join(OUT, `${file}.${kind}`);
  if (existsSync(path)) {
    const kept = readFileSync(path);
    if (unpacksTo(kept, kind, bytes)) return kept;
  }
  if (kind === "br") {
    return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
  }
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255; // "unknown system": the header otherwise tells where the build ran
  return packed;
}

function unpacksTo(packed, kind, bytes) {
  try {
    return (kind === "br" ? brotliDecompressSync(packed) : gunzipSync(packed)).equals(bytes);
  } catch {
    return false;
  }
}

function outputFiles(assets) {
  const files = new Map();
  for (const { file, bytes, twins } of assets) {
    files.set(file, bytes);
    if (twins) files.set(`${file}.gz`, twins.gz).set(`${file}.br`, twins.br);
  }
  files.set("manifest.json", Buffer.from(manifest(assets)));
  files.set("LICENSES.txt", Buffer.from(licences(HERE)));
  return files;
}

function manifest(assets) {
  const entries = assets.map(({ name, file, bytes, gzip, br }) => [
    name,
    { file, size: bytes.length, gzip, br, sha384: `sha384-${createHash("sha384").update(bytes).digest("base64")}` },
  ]);
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function differences(files) {
  const wrong = [...files].filter(([name, bytes]) => !sameOnDisk(name, bytes)).map(([name]) => name);
  return [...wrong, ...leftovers(files)];
}

function writeAll(files) {
  mkdirSync(OUT, { recursive: true });
  for (const [name, bytes] of files) if (!sameOnDisk(name, bytes)) writeFileSync(join(OUT, name), bytes);
  for (const name of leftovers(files)) rmSync(join(OUT, name));
  return [];
}

function sameOnDisk(name, bytes) {
  const path = join(OUT, name);
  return existsSync(path) && readFileSync(path).equals(bytes);
}

function leftovers(files) {
  return existsSync(OUT) ? readdirSync(OUT).filter((name) => !files.has(name) && !name.startsWith(".")) : [];
}

function report(assets) {
  for (const { file, bytes, gzip, br } of assets) {
    console.log(`${file.padEnd(36)} ${String(bytes.length).padStart(7)} B  gzip ${String(gzip).padStart(6)}  br ${String(br).padStart(6)}`);
  }
}

await main();
