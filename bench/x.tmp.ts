import { networkGraph, nodeRuntime, paint, tensor } from "deepstyle";
import { benchNetworks, randomNetwork } from "./networks.ts";
import { median } from "./timedProcess.ts";
const width = 1280, height = 720;
const data = Float32Array.from({ length: 3 * width * height }, (_, i) => ((i * 7919) % 256) / 255);
const network = randomNetwork(benchNetworks.video!);
const runtime = await nodeRuntime({ device: "cpu", keepIdle: 1 });
const r2 = await nodeRuntime({ device: "cpu", keepIdle: 0 });
const p = await r2.compile(networkGraph(network));
const image = tensor(data, [1, 3, height, width]);
const a=[],b=[];
for (let i=0;i<10;i++){
 let s=performance.now(); await p.run({image}); a.push(performance.now()-s);
 s=performance.now(); await paint(runtime, network, {width,height,data}, {tile:null}); b.push(performance.now()-s);
}
console.log(a.map(x=>x.toFixed(0)).join(" "), "\n", b.map(x=>x.toFixed(0)).join(" "), median(a), median(b));
process.exit(0)
