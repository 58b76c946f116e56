import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const dist = "/node_modules/onnxruntime-web/dist";

/** A second address of onnxruntime-web's files, as an application would choose one. */
export const wasmPaths = "/wasm/";

/** Where a page finds the packages that it imports by name: the sources, read as they are. */
const imports = {
  "@deepstyle/engine": "/packages/engine/src/index.ts",
  "@deepstyle/core": "/packages/core/src/index.ts",
  "onnxruntime-web/wasm": `${dist}/ort.wasm.bundle.min.mjs`,
  "onnxruntime-web/webgpu": `${dist}/ort.webgpu.bundle.min.mjs`,
  valibot: "/node_modules/valibot/dist/index.mjs",
};

const page = `<!doctype html>
<title>deepstyle</title>
<script type="importmap">${JSON.stringify({ imports })}</script>`;

/** What makes a page cross-origin isolated, so that it may have threads. */
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const types: Readonly<Record<string, string>> = {
  ".ts": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** TypeScript files as JavaScript, so that each is translated once. */
const translated = new Map<string, string>();

/** A server on a free port of this machine. */
export interface TestServer {
  /** `http://127.0.0.1:…`: a page that is cross-origin isolated. */
  readonly url: string;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  close(): void;
}

/**
 * Serves a page that may import the repository's TypeScript, translated file by file, and the npm
 * packages that it needs. `/plain` is the same page, not cross-origin isolated.
 *
 * @param data - served under `/data/…` by name
 */
export async function startServer(data: ReadonlyMap<string, Uint8Array>): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://localhost").pathname;
    requests.push(path);
    const body = path === "/" || path === "/plain" ? page : contentOf(path, data);
    if (body === undefined) return void response.writeHead(404).end();
    response.writeHead(200, {
      "Content-Type": types[extname(path)] ?? "text/html",
      ...(path !== "/plain" && isolation),
    });
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () => void server.close(),
  };
}

function contentOf(
  path: string,
  data: ReadonlyMap<string, Uint8Array>,
): Uint8Array | string | undefined {
  if (path.startsWith("/data/")) return data.get(path.slice("/data/".length));
  const file = resolve(root, `.${path.replace(wasmPaths, `${dist}/`)}`);
  const open = [resolve(root, "packages"), resolve(root, "node_modules")];
  if (!open.some((folder) => file.startsWith(folder + sep)) || !(extname(file) in types))
    return undefined;
  if (extname(file) !== ".ts") return readFileSync(file);
  const known = translated.get(file);
  if (known !== undefined) return known;
  const { ESNext } = ts.ModuleKind;
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ESNext };
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), { compilerOptions });
  translated.set(file, outputText);
  return outputText;
}
