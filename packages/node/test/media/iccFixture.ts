/** A profile of tone curves and, for RGB, colorants, laid out by hand after ICC.1:2022, section 7. */
export function iccProfile(
  space: "RGB " | "GRAY",
  tags: Readonly<Record<string, Buffer>>,
  connection = "XYZ ",
): Buffer {
  const names = Object.keys(tags);
  const directory = Buffer.alloc(4 + 12 * names.length);
  directory.writeUInt32BE(names.length, 0);
  const parts: Buffer[] = [];
  let offset = 128 + directory.length;
  names.forEach((name, i) => {
    const tag = tags[name]!;
    directory.write(name, 4 + 12 * i, "latin1");
    directory.writeUInt32BE(offset, 8 + 12 * i);
    directory.writeUInt32BE(tag.length, 12 + 12 * i);
    const padded = Buffer.concat([tag, Buffer.alloc((4 - (tag.length % 4)) % 4)]);
    parts.push(padded);
    offset += padded.length;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(offset, 0);
  header.writeUInt32BE(0x04400000, 8);
  header.write("mntr", 12, "latin1");
  header.write(space, 16, "latin1");
  header.write(connection, 20, "latin1");
  header.write("acsp", 36, "latin1");
  [0.9642, 1, 0.8249].forEach((value, i) => header.writeInt32BE(fixed(value), 68 + 4 * i));
  return Buffer.concat([header, directory, ...parts]);
}

/** parametricCurveType: s15Fixed16 parameters g, a, b, c, d, e, f as far as the type has them. */
export function para(type: number, ...parameters: number[]): Buffer {
  const tag = Buffer.alloc(12 + 4 * parameters.length);
  tag.write("para", 0, "latin1");
  tag.writeUInt16BE(type, 8);
  parameters.forEach((value, i) => tag.writeInt32BE(fixed(value), 12 + 4 * i));
  return tag;
}

/** curveType: no entry means linear, one a gamma in 1/256, more a table in 1/65535. */
export function curv(...entries: number[]): Buffer {
  const tag = Buffer.alloc(12 + 2 * entries.length);
  tag.write("curv", 0, "latin1");
  tag.writeUInt32BE(entries.length, 8);
  entries.forEach((value, i) => tag.writeUInt16BE(value, 12 + 2 * i));
  return tag;
}

/** XYZType of one colour. */
export function xyz(...values: [number, number, number]): Buffer {
  const tag = Buffer.alloc(20);
  tag.write("XYZ ", 0, "latin1");
  values.forEach((value, i) => tag.writeInt32BE(fixed(value), 8 + 4 * i));
  return tag;
}

function fixed(value: number): number {
  return Math.round(value * 65_536);
}
