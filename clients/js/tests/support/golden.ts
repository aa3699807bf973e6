import lines from '../../../../docs/protocol/golden.json';

/** One example of `golden.json`. */
export interface Golden {
  name: string;
  type: string;
  json: unknown;
  msgpack: string;
}

/** The examples that every implementation of the protocol reads. */
export const golden = lines as unknown as Golden[];

/** A copy of the example of that name. */
export const example = <T>(name: string): T => {
  const found = golden.find((it) => it.name === name);
  if (!found) throw new Error(`no example ${name}`);
  return structuredClone(found.json) as T;
};
