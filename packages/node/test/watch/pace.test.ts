import { expect, test } from "vitest";
import { Pace } from "../../src/watch/pace.ts";

/** Offers work of some seconds at every second, and says when it began. */
async function begun(seconds: number, until: number): Promise<number[]> {
  let time = 0;
  const pace = new Pace(2, () => time);
  const times: number[] = [];
  let busyUntil = Infinity;
  let finish: (() => void) | undefined;
  for (time = 0; time <= until; time++) {
    if (time >= busyUntil) {
      finish?.();
      busyUntil = Infinity;
      await pace.settled();
    }
    pace.offer(() => {
      times.push(time);
      busyUntil = time + seconds;
      return seconds === 0 ? Promise.resolve() : new Promise((resolve) => (finish = resolve));
    });
    if (seconds === 0) await pace.settled();
  }
  return times;
}

test("what takes no time is done at every interval", async () => {
  expect(await begun(0, 6)).toEqual([0, 2, 4, 6]);
});

test("what takes long is done one at a time, in a twentieth of the time", async () => {
  expect(await begun(3, 130)).toEqual([0, 60, 120]);
});
