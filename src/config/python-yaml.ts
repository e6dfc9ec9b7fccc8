/** What a plain scalar means to a YAML reader. */
export type ScalarReading =
  | { readonly kind: 'text' | 'date' | 'nothing' }
  | { readonly kind: 'value'; readonly value: boolean | null | number | bigint };

/**
 * How PyYAML, with which Synapse reads its configuration, reads a plain scalar. It implements YAML 1.1 with
 * exceptions: it reads `y` and `1e3` as text. Source: PyYAML 6.0, resolver.py and constructor.py (SafeLoader).
 *
 * @param source the scalar as it is written in the file, without quotes
 * @returns `nothing` for a scalar that PyYAML refuses
 */
export function pythonReading(source: string): ScalarReading {
  if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(source)) return reading(true);
  if (/^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(source)) return reading(false);
  if (/^(?:~|null|Null|NULL|)$/.test(source)) return reading(null);
  if (float.test(source)) return source.length > longestNumber ? refused : reading(floatOf(source));
  if (integer.test(source)) return source.length > longestNumber ? refused : integerOf(source);
  if (date.test(source)) return { kind: 'date' };
  return source === '=' || source === '<<' ? refused : { kind: 'text' };
}

const refused: ScalarReading = { kind: 'nothing' };

/**
 * Maximum length of a decimal number that Python converts (sys.int_info.default_max_str_digits). It is used for every
 * notation: no setting has a longer number, and the conversion takes quadratic time.
 */
const longestNumber = 4300;

const float =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const integer = /^[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const date =
  /^(?:\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?)$/;

function reading(value: boolean | null | number | bigint): ScalarReading {
  return { kind: 'value', value };
}

/** A number's sign, and its digits without the underscores. */
function signed(source: string): { sign: 1 | -1; digits: string } {
  const digits = source.replaceAll('_', '').toLowerCase();
  return { sign: digits.startsWith('-') ? -1 : 1, digits: digits.replace(/^[-+]/, '') };
}

function floatOf(source: string): number {
  const { sign, digits } = signed(source);
  if (digits === '.inf') return sign * Number.POSITIVE_INFINITY;
  if (digits === '.nan') return Number.NaN;
  return sign * digits.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

function integerOf(source: string): ScalarReading {
  const { sign, digits } = signed(source);
  // There were only underscores after the prefix.
  if (/^0[bx]$/.test(digits)) return refused;
  const magnitude = /^0[0-7]+$/.test(digits)
    ? BigInt(`0o${digits}`)
    : digits.split(':').reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  return reading(BigInt(sign) * magnitude);
}
