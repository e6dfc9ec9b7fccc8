import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import { pythonReading } from './python-yaml.ts';
import { differs, explainName } from './yaml-readings.ts';

/** The path of a value in a YAML document: keys, and indices of lists. */
type YamlPath = readonly (string | number)[];

/** An error that does not depend on the settings of a file. `offset` is its position in the text. */
interface Fault {
  readonly offset: number;
  /** The rest of a sentence that begins with the setting, or with the file for an empty path. */
  readonly path: YamlPath;
  readonly message: string;
}

/** A value without quotes. */
export interface PlainScalar {
  readonly path: YamlPath;
  readonly node: Scalar;
}

export interface Structure {
  readonly faults: readonly Fault[];
  /** Values, not keys, that stand without quotes and that YAML 1.1 reads differently. */
  readonly ambiguous: readonly PlainScalar[];
}

/** Maximum depth: no configuration is deeper, and a recursive walk does not overflow the stack. */
const deepest = 50;

/** Maximum number of aliases: no configuration has more. For each alias, the parser searches the whole document. */
const mostAliases = 100;

/** A property that every JavaScript object has. Schemas silently drop a key of this name. */
const reservedKey = '__proto__';

/** Tags that do not change how their value is read. */
const harmlessTags: ReadonlySet<string> = new Set(
  ['str', 'map', 'seq'].map((tag) => `tag:yaml.org,2002:${tag}`),
);

/**
 * Walks through all nodes of a document, in their order. It does not follow aliases: it visits each anchor only once.
 */
export function inspectStructure(contents: unknown): Structure {
  const faults: Fault[] = [];
  const ambiguous: PlainScalar[] = [];
  let aliases = 0;
  visit(contents, []);
  return { faults, ambiguous };

  function visit(node: unknown, path: YamlPath): void {
    if (!isNode(node)) return;
    if (path.length > deepest) {
      faults.push(faultAt(node, path.slice(0, 3), `is nested more than ${deepest} levels deep`));
      return;
    }
    checkTag(node, path);
    if (isAlias(node)) countAlias(node);
    if (isScalar(node)) visitScalar(node, path);
    if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit(item, [...path, index]);
    }
    if (isMap(node)) visitMap(node.items, path);
  }

  function countAlias(node: Node): void {
    aliases++;
    if (aliases === mostAliases + 1) {
      faults.push(faultAt(node, [], `has more than ${mostAliases} aliases: write the values out`));
    }
  }

  function visitScalar(node: Scalar, path: YamlPath): void {
    if (typeof node.value === 'number' && !Number.isFinite(node.value)) {
      faults.push(faultAt(node, path, 'is not a finite number'));
    } else if (isPlain(node) && differs(node)) {
      ambiguous.push({ path, node });
    }
  }

  function visitMap(pairs: readonly Pair[], path: YamlPath): void {
    const seen = new Set<string>();
    for (const { key, value } of pairs) {
      const fault = keyFault(key, path);
      const name = isScalar(key) ? String(key.value) : undefined;
      if (fault !== undefined) {
        faults.push(fault);
      } else if (name !== undefined) {
        if (seen.has(name)) faults.push(faultAt(key, [...path, name], 'is there twice'));
        seen.add(name);
        visit(value, [...path, name]);
      }
    }
  }

  function checkTag(node: Node, path: YamlPath): void {
    const tag = isAlias(node) ? undefined : (node as { tag?: string }).tag;
    if (tag !== undefined && !harmlessTags.has(tag)) {
      faults.push(faultAt(node, path, 'has a tag, which programs read differently: leave the tag out'));
    }
  }
}

function keyFault(key: unknown, path: YamlPath): Fault | undefined {
  if (!isScalar(key)) return faultAt(key, path, 'has a name that is not text');
  if (key.value === reservedKey)
    return faultAt(key, path, `has the name ${reservedKey}, which cannot be a name`);
  if (!isPlain(key)) return undefined;
  const source = String(key.source);
  const here = [...path, source];
  if (source === '<<') {
    return faultAt(
      key,
      here,
      'merges maps in YAML 1.1 only, and is a name in YAML 1.2: write the settings out',
    );
  }
  const isText = typeof key.value === 'string' && pythonReading(source).kind === 'text';
  return isText ? undefined : faultAt(key, here, `is not text for every reader: ${explainName(key)}`);
}

function isPlain({ type, tag }: Scalar): boolean {
  return type === 'PLAIN' && tag === undefined;
}

function faultAt(node: unknown, path: YamlPath, message: string): Fault {
  return { offset: (isNode(node) ? node.range?.[0] : undefined) ?? 0, path, message };
}
