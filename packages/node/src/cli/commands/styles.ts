import { unknownName, type Network } from "@deepstyle/core";
import { Command } from "commander";
import { NetworkStore, type EmbeddedStyle, type NetworkFile } from "../../networks/networkStore.ts";
import { addOutputOptions } from "../options.ts";
import { cell, oneLine } from "../printable.ts";
import type { CommandContext } from "../terminal.ts";

/** Command lines for the help text. */
export const stylesExamples: readonly string[] = [
  "deepstyle styles",
  "deepstyle styles info waves.onnx",
];

/** `deepstyle styles`: lists what can be painted by name, and says what a network is. */
export function stylesCommand({ terminal }: CommandContext): Command {
  const info = new Command("info")
    .description("Say what is known of a network: styles, origin, licence, settings, losses.")
    .argument("<network>", "FILE.onnx, or the name of a style");
  addOutputOptions(info, "print everything as JSON");
  info.action(async (name: string, { json }: { readonly json?: true }) => {
    const files = await networksOf(name, new NetworkStore());
    if (json) terminal.out(`${JSON.stringify(files.map(factsOf), undefined, 2)}\n`);
    else terminal.out(files.map((file) => report(file, name)).join("\n"));
  });
  const command = new Command("styles")
    .description("List the styles that stylize paints by name, or say what a network is.")
    // What stands after "info" is for it.
    .enablePositionalOptions()
    .addCommand(info);
  addOutputOptions(command, "print the styles as JSON");
  return command
    .addHelpText("after", `\nExamples:\n${stylesExamples.map((line) => `  ${line}`).join("\n")}`)
    .action(async ({ json }: { readonly json?: true }) => {
      const store = new NetworkStore();
      const styles = await store.styles();
      if (json) terminal.out(`${JSON.stringify(styles, undefined, 2)}\n`);
      else if (styles.length > 0) terminal.out(table(styles));
      else
        terminal.err(
          `No styles are installed in ${store.folder}. Give stylize a painting's image file, or FILE.onnx, a network of your own.\n`,
        );
    });
}

async function networksOf(name: string, store: NetworkStore): Promise<NetworkFile[]> {
  if (/\.onnx$/i.test(name)) return [await store.read(name)];
  const styles = await store.styles();
  const found = styles.find((style) => style.name === name);
  if (found === undefined)
    throw unknownName(
      "style or network FILE.onnx",
      name,
      styles.map((style) => style.name),
    );
  return await Promise.all(found.networks.map(async (kind) => (await store.embedded(kind))!));
}

function table(styles: readonly EmbeddedStyle[]): string {
  const rows = [
    ["name", "painting", "networks"],
    ...styles.map(({ name, title, artist, year, networks }) => [
      cell(name),
      cell([artist, title, year].filter((fact) => fact !== undefined).join(", ")),
      networks.join(", "),
    ]),
  ];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]!.length)) + 2);
  return rows
    .map(
      ([name, painting, networks]) =>
        `${name!.padEnd(widths[0]!)}${painting!.padEnd(widths[1]!)}${networks!}\n`,
    )
    .join("");
}

/** All that is known of a network but its weights. */
function factsOf({ path, sha256, network }: NetworkFile): object {
  const { architecture, styles, training } = network;
  return { path, sha256, architecture, styles, training };
}

function report({ path, network }: NetworkFile, asked: string): string {
  const { architecture, styles, training } = network;
  const shown = styles.filter(({ name }) => name === asked);
  const { styles: count, ...build } = architecture;
  return [
    line("network", path),
    line("styles", String(count)),
    ...(shown.length > 0 ? shown : styles).flatMap((style) => [
      line("", ""),
      ...Object.entries<string | number | undefined>({ ...style }).map(([fact, value]) =>
        line(fact, String(value ?? "")),
      ),
    ]),
    line("", ""),
    ...Object.entries({ ...build, ...flat(training) }).map(([name, value]) =>
      line(name, String(value)),
    ),
  ].join("");
}

function line(name: string, text: string): string {
  return `${`${cell(name).padEnd(20)} ${oneLine(text)}`.trimEnd()}\n`;
}

/** Settings inside settings, `losses.total`; lists and layers as JSON. */
function flat(training: Network["training"], prefix = ""): Record<string, string> {
  const entries = Object.entries(training).map(([name, value]): Record<string, string> => {
    const isGroup = prefix === "" && typeof value === "object" && value !== null;
    if (isGroup && !Array.isArray(value)) return flat(value as Network["training"], `${name}.`);
    return { [`${prefix}${name}`]: typeof value === "string" ? value : JSON.stringify(value) };
  });
  return Object.assign({}, ...entries) as Record<string, string>;
}
