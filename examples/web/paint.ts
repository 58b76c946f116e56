/** Paints the photo of a page with a style network: npx vite examples/web, or npx vite build examples/web. */
/// <reference types="vite/client" />
import { decodeNetwork, mixStyles, paint } from "@deepstyle/core";
import networkFile from "@deepstyle/core/embedded/video.onnx?url";
import { drawPicture, readPicture, webRuntime } from "@deepstyle/web";

const image = document.querySelector("img")!;
image.src = new URL("../pictures/landscape.jpg", import.meta.url).href;
await image.decode();
const bytes = await (await fetch(networkFile)).arrayBuffer();
const network = mixStyles(decodeNetwork(new Uint8Array(bytes)), { "great-wave": 1 });
const runtime = await webRuntime();
const { picture } = await paint(runtime, network, readPicture(image), { size: 512 });
drawPicture(document.querySelector("canvas")!, picture);
