// Builds static/dist/: fingerprinted styles, scripts, fonts, icons and images, and manifest.json,
// which tells the application the built name of each.
//
//   node bin/build-assets.mjs
//
// Every name carries the hash of its content, so that browsers may keep a file for ever. Files are
// written before the manifest that names them, and the manifest by rename, so that a server that
// reads it never finds a name without its file.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, "static");
const dist = join(source, "dist");
const { resolve: packageFile } = createRequire(import.meta.url);

const SUBSETS = ["latin", "latin-ext"];
const FAMILIES = [
  {
    package: "@fontsource-variable/bricolage-grotesque",
    styles: ["wght.css"],
    preload: "bricolage-grotesque-latin-wght-normal.woff2",
    fallback: "Bricolage Grotesque Fallback",
    local: ["Arial", "Liberation Sans", "Helvetica Neue", "Roboto"],
    // Average letter widths and line metrics of the family against those of Arial, so that text
    // keeps its place when the font arrives. Bold differs enough to have its own.
    faces: [
      { weight: "200 549", sizeAdjust: 106.61, ascent: 87.23, descent: 25.33 },
      { weight: "550 800", sizeAdjust: 102.29, ascent: 90.92, descent: 26.4, bold: true },
    ],
  },
  {
    // Three single weights: a page needs one of them, and it is less than half the variable file.
    package: "@fontsource/source-serif-4",
    styles: ["400.css", "400-italic.css", "600.css"],
    preload: "source-serif-4-latin-400-normal.woff2",
    fallback: "Source Serif 4 Fallback",
    local: ["Times New Roman", "Liberation Serif", "Times"],
    faces: [
      { weight: "200 549", sizeAdjust: 118.75, ascent: 87.24, descent: 28.21 },
      { weight: "550 900", sizeAdjust: 115.04, ascent: 90.05, descent: 29.12, bold: true },
    ],
  },
];
// Asked for at the head of each page: the upright latin faces, which every page shows.
const PRELOAD = FAMILIES.map((family) => family.preload);

const TARGET = ["chrome111", "firefox114", "safari16.4"];
const COMPRESSED = new Set([".css", ".js", ".svg", ".json", ".txt", ".webmanifest"]);
const KEEP_STALE_MS = 24 * 60 * 60 * 1000;

await mkdir(dist, { recursive: true });
const manifest = {};
const written = new Set(["manifest.json"]);

await buildBundles();
await buildIcons();
await copyOthers();
manifest.preload = PRELOAD.map((name) => manifest[name]).filter(Boolean);
await writeManifest();
await removeStale();
report();

/** Bundles css/app.css (with the fonts in front) and js/app.js, split where it imports lazily. */
async function buildBundles() {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [
      { in: "static/css/app.css", out: "app" },
      { in: "static/js/app.js", out: "app" },
    ],
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: TARGET,
    outdir: dist,
    write: false,
    metafile: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ".svg": "file", ".png": "file", ".webp": "file", ".avif": "file" },
    legalComments: "none",
    logLevel: "warning",
    plugins: [fontsInFront()],
  });
  for (const file of result.outputFiles) await put(basename(file.path), file.contents);
  for (const [path, output] of Object.entries(result.metafile.outputs)) {
    const inputs = Object.keys(output.inputs);
    const name = output.entryPoint
      ? basename(output.entryPoint)
      : extname(path) === ".js" || inputs.length !== 1
        ? null
        : basename(inputs[0]);
    if (name) manifest[name] = basename(path);
  }
}

/** Puts the @font-face rules of both families before the styles, their files fingerprinted too. */
function fontsInFront() {
  return {
    name: "fonts-in-front",
    setup(bundler) {
      bundler.onLoad({ filter: /static[\\/]css[\\/]app\.css$/ }, async ({ path }) => {
        const styles = await readFile(path, "utf8");
        // The order of layers and every @import must come before any other rule, so the faces
        // are themselves imported; imports of a layer order statement may stand before them.
        return {
          contents: `@import "classprojects:fonts";\n${styles}`,
          loader: "css",
          resolveDir: dirname(path),
        };
      });
      bundler.onResolve({ filter: /^classprojects:fonts$/ }, () => ({
        path: "fonts.css",
        namespace: "fonts",
      }));
      bundler.onLoad({ filter: /.*/, namespace: "fonts" }, async () => ({
        contents: await fontFaces(),
        loader: "css",
        resolveDir: root,
      }));
    },
  };
}

async function fontFaces() {
  const rules = [];
  for (const family of FAMILIES) {
    const folder = dirname(packageFile(`${family.package}/package.json`));
    const named = new RegExp(`/${basename(family.package)}-([a-z-]+)-(?:wght|\\d+)-`);
    for (const style of family.styles) {
      const css = await readFile(join(folder, style), "utf8");
      for (const rule of css.match(/@font-face\s*\{[^}]*\}/g)) {
        // A file's name says what is in it: source-serif-4-latin-ext-400-italic.woff2
        const [, subset] = rule.match(named);
        if (SUBSETS.includes(subset)) rules.push(onlyWoff2(rule, family.package));
      }
    }
    for (const face of family.faces) {
      const local = family.local.map((name) => `local("${name}${face.bold ? " Bold" : ""}")`);
      rules.push(`@font-face {
        font-family: "${family.fallback}"; font-weight: ${face.weight}; src: ${local.join(", ")};
        size-adjust: ${face.sizeAdjust}%; ascent-override: ${face.ascent}%;
        descent-override: ${face.descent}%; line-gap-override: 0%;
      }`);
    }
  }
  return rules.join("\n");
}

function onlyWoff2(rule, name) {
  return rule.replace(/,\s*url\([^)]*\.woff\)\s*format\('woff'\)/, "").replace("url(./", `url(${name}/`);
}

/** Makes one sprite of the Lucide icons named in static/icons.txt; each is a <symbol id="name">. */
async function buildIcons() {
  const names = (await readFile(join(source, "icons.txt"), "utf8"))
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
  const folder = join(dirname(packageFile("lucide-static/package.json")), "icons");
  const symbols = [];
  for (const name of [...new Set(names)].sort()) {
    const file = join(folder, `${name}.svg`);
    if (!existsSync(file)) fail(`static/icons.txt names "${name}", which Lucide does not have.`);
    const drawing = (await readFile(file, "utf8")).match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    symbols.push(
      `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor"` +
        ` stroke-width="2" stroke-linecap="round" stroke-linejoin="round">` +
        `${drawing.replace(/\s*\n\s*/g, "")}</symbol>`,
    );
  }
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
  manifest["icons.svg"] = await putHashed("icons.svg", Buffer.from(sprite));
}

/** Copies what is neither style nor script: images/mark.svg becomes images/mark-<hash>.svg. */
async function copyOthers() {
  const built = new Set(["css", "js", "dist", "icons.txt"]);
  for (const file of await filesIn(source, built)) {
    const name = relative(source, file).replaceAll("\\", "/");
    manifest[name] = await putHashed(name, await readFile(file));
  }
}

async function filesIn(folder, except = new Set()) {
  const files = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (except.has(entry.name) || entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesIn(path)));
    else files.push(path);
  }
  return files.sort();
}

async function putHashed(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 8).toUpperCase();
  const extension = extname(name);
  const hashed = `${name.slice(0, name.length - extension.length)}-${hash}${extension}`;
  await put(hashed, contents);
  return hashed;
}

/** Writes one file of the build, and its compressed twins for the server to hand out. */
async function put(name, contents) {
  const variants = [[name, contents]];
  if (COMPRESSED.has(extname(name))) {
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
    variants.push([`${name}.br`, brotliCompressSync(contents, quality)]);
    variants.push([`${name}.gz`, gzipSync(contents, { level: 9 })]);
  }
  for (const [path, bytes] of variants) {
    written.add(path);
    if (!existsSync(join(dist, path))) await writeWhole(join(dist, path), bytes);
  }
}

async function writeManifest() {
  const sorted = Object.fromEntries(Object.entries(manifest).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeWhole(join(dist, "manifest.json"), `${JSON.stringify(sorted, null, 2)}\n`);
}

async function writeWhole(path, contents) {
  await mkdir(dirname(path), { recursive: true });
  const half = `${path}.${process.pid}.part`;
  await writeFile(half, contents);
  await rename(half, path);
}

/** Removes files of earlier builds once no page that is still open can ask for them. */
async function removeStale() {
  for (const file of await filesIn(dist)) {
    const stale = Date.now() - (await stat(file)).mtimeMs > KEEP_STALE_MS;
    if (stale && !written.has(relative(dist, file))) await rm(file, { force: true });
  }
}

function report() {
  const kinds = Object.keys(manifest).length - 1;
  console.log(`Built ${kinds} static files (${manifest["app.css"]}, ${manifest["app.js"]}).`);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
