// A program of its own: says in one line on which devices this machine can run a program.

import { probeDevices } from "./nodeRuntime.ts";

process.stdout.write(`${(await probeDevices()).join()}\n`);
