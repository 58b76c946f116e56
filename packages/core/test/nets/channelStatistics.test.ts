import { seededRandom } from "@deepstyle/engine";
import { expect, test } from "vitest";
import { ChannelSums } from "../../src/nets/channelStatistics.ts";

/** Two channels of 4×6, the second far from 0. */
const random = seededRandom(1);
const values = Float32Array.from({ length: 48 }, (_, i) => random.normal() + (i < 24 ? 0 : 1e4));

test("statistics from tiles of different sizes are those of the whole", () => {
  const sums = new ChannelSums(2);
  for (const channel of [0, 1]) {
    const at = 24 * channel;
    sums.add(channel, values, { offset: at, width: 4, rows: 4 }, 6);
    sums.add(channel, values, { offset: at + 4, width: 2, rows: 1 }, 6);
    sums.add(channel, values, { offset: at + 10, width: 2, rows: 3 }, 6);
  }
  const { mean, variance } = sums.result();
  for (const channel of [0, 1]) {
    const all = Array.from(values.subarray(24 * channel, 24 * (channel + 1)));
    const expected = all.reduce((sum, value) => sum + value, 0) / 24;
    expect(mean[channel]).toBeCloseTo(expected, 10);
    const squares = all.reduce((sum, value) => sum + (value - expected) ** 2, 0);
    // With sums of squares in place of Chan's formula the second channel keeps 7 digits fewer.
    expect(variance[channel]! / (squares / 24)).toBeCloseTo(1, 12);
  }
});
