import { dense, seededRandom, type Dense } from "@deepstyle/engine";

/** Features `[1, c, h, w]` with the same shuffle of positions in every channel. */
export function shuffled({ shape, data }: Dense): Dense {
  const positions = shape[2]! * shape[3]!;
  const random = seededRandom(1);
  const order = Array.from({ length: positions }, (_, p) => ({ p, key: random.uniform() }));
  order.sort((a, b) => a.key - b.key);
  const moved = data.map((_, i) => {
    const channel = Math.floor(i / positions);
    return data[channel * positions + order[i % positions]!.p]!;
  });
  return dense(shape, moved);
}
