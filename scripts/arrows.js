/**
 * Checks which file may import which: `npm run check:arrows`.
 *
 * The two tables below are the whole rule. An import that no row allows fails, and so does a cycle;
 * an import of types counts like any other.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cruise, format } from "dependency-cruiser";

/**
 * Each package, and the packages its sources may import.
 * @type {Record<string, string[]>}
 */
const packages = {
  engine: [],
  core: ["engine"],
  node: ["core", "engine"],
  web: ["core", "engine"],
};

/**
 * Each folder of a package, and the folders its sources may import. Files beside the folders
 * (errors.ts) are free to all; index.ts, which imports everything, is kept out by the cycle rule.
 * @type {Record<string, Record<string, string[]>>}
 */
const folders = {
  engine: {
    tensor: [],
    graph: ["tensor"],
    ops: ["graph", "tensor"],
    grad: ["ops", "graph", "tensor"],
    compositions: ["ops", "graph", "tensor"],
    passes: ["ops", "graph", "tensor"],
    oracle: ["graph", "tensor"],
    onnx: ["oracle", "ops", "graph", "tensor"],
    runtime: ["passes", "onnx", "graph", "tensor"],
  },
  core: {
    algebra: [],
    image: [],
    options: [],
    statistics: [],
    weights: [],
    colour: ["image", "options", "algebra"],
    optimisers: ["algebra"],
    losses: ["statistics"],
    tiles: ["image"],
    encoders: ["weights", "options", "algebra"],
    nets: ["weights", "image", "options", "algebra"],
    ruler: ["encoders", "image", "statistics"],
    methods: ["encoders", "losses", "optimisers", "tiles", "colour", "image", "options", "algebra"],
    memory: ["methods", "encoders", "image"],
    paint: ["memory", "nets", "methods", "colour", "image", "options", "algebra"],
    dream: ["memory", "methods", "encoders", "optimisers", "image", "options"],
    run: ["memory", "methods", "encoders", "colour", "image"],
    train: ["methods", "nets", "losses", "encoders", "optimisers", "image", "options"],
    distil: [
      "train",
      "methods",
      "nets",
      "encoders",
      "optimisers",
      "statistics",
      "image",
      "options",
      "algebra",
    ],
  },
  node: {
    system: [],
    media: ["system"],
    models: ["system"],
    networks: ["system"],
    runtime: ["system"],
    checkpoint: ["runtime", "system"],
    watch: ["media", "system"],
    training: ["checkpoint", "models", "runtime", "media", "system"],
    jobs: ["checkpoint", "models", "networks", "runtime", "media", "system"],
    record: ["jobs", "models", "runtime", "media", "system"],
    cli: [
      "record",
      "jobs",
      "training",
      "watch",
      "checkpoint",
      "models",
      "networks",
      "runtime",
      "media",
      "system",
    ],
  },
};

/** @type {import("dependency-cruiser").IForbiddenRuleType[]} */
const rules = [
  ...Object.entries(packages).map(([name, reach]) => ({
    name: `packages-of-${name}`,
    from: { path: `^packages/${name}/src/` },
    to: { path: "^packages/", pathNot: `^packages/(${[name, ...reach].join("|")})/` },
  })),
  ...Object.entries(folders).flatMap(([name, rows]) => {
    const at = `packages/${name}/src`;
    return [
      ...Object.entries(rows).map(([folder, reach]) => ({
        name: `${name}-folders-of-${folder}`,
        from: { path: `^${at}/${folder}/` },
        to: {
          path: `^${at}/[^/]+/`,
          pathNot: `^${at}/(${[folder, ...reach].join("|")})/`,
        },
      })),
      {
        name: `${name}-folder-without-a-row`,
        from: { path: `^${at}/[^/]+/`, pathNot: `^${at}/(${Object.keys(rows).join("|")})/` },
        to: { path: "." },
      },
    ];
  }),
  {
    name: "no-deep-import",
    from: { path: "^packages/([^/]+)/" },
    to: {
      path: "^packages/[^/]+/src/",
      pathNot: ["^packages/$1/", "^packages/[^/]+/src/index.ts$"],
    },
  },
  {
    name: "no-deep-import-from-outside",
    from: { path: "^(bench|examples|scripts)/" },
    to: { path: "^packages/[^/]+/src/", pathNot: "^packages/[^/]+/src/index.ts$" },
  },
  {
    name: "sources-stand-alone",
    from: { path: "^packages/[^/]+/src/" },
    to: { path: "^(packages/[^/]+/(test|bin)|bench|examples|scripts)/" },
  },
  {
    name: "platform-free",
    from: { path: "^packages/(engine|core|web)/src/" },
    to: { dependencyTypes: ["core"] },
  },
  { name: "no-circular", from: {}, to: { circular: true } },
  { name: "resolvable", from: {}, to: { couldNotResolve: true, pathNot: "/dist/" } },
];

const places = [
  ...Object.keys(packages).map((name) => `packages/${name}`),
  "bench",
  "examples",
  "scripts",
];

const { output } = await cruise(
  places,
  {
    validate: true,
    ruleSet: { forbidden: rules.map((rule) => ({ severity: "error", ...rule })) },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    exclude: { path: "/dist/" },
  },
  { conditionNames: ["deepstyle-src", "import", "default", "types"], exportsFields: ["exports"] },
);
if (typeof output === "string") throw new Error("dependency-cruiser gave text, not a result.");

const report = await format(output, { outputType: "err" });
if (typeof report.output === "string") console.log(report.output.trim());

// Green over files that were never read would mean nothing.
const seen = new Set(output.modules.map((module) => module.source));
const unread = Object.keys(packages)
  .flatMap((name) => sourcesOf(`packages/${name}/src`))
  .filter((file) => !seen.has(file));
if (unread.length > 0) console.error(`Not read by dependency-cruiser: ${unread.join(", ")}`);

process.exitCode = report.exitCode > 0 || unread.length > 0 ? 1 : 0;

/**
 * Every source file under a folder, as a path with forward slashes.
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesOf(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file).replaceAll("\\", "/"));
}
