import { renderSection } from '../render/section.ts';
import type { ListedComponent } from '../stack/list-components.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';
import { terminalWidth, wrapWords } from './wrap.ts';

/** The components as a table, and below it how to turn on those that are off. */
export function describeComponentList(components: readonly ListedComponent[], style: Style): string[] {
  return [
    ...withHeader(
      ['COMPONENT', 'STATE', 'MEMORY LIMIT', 'PORTS', 'DATA', 'DNS NAMES'],
      components.flatMap(rowsOf),
      { style },
    ),
    ...components.flatMap(describeTurningOn),
  ];
}

/** The lines of a component. Each line has one entry of each list; the longest list sets the number of lines. */
function rowsOf({ name, on, memory, ports, data, hostnames }: ListedComponent): string[][] {
  const lists = [memory, ports, data, hostnames].map((list) => (list.length === 0 ? ['-'] : list));
  const height = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: height }, (_, line) => [
    ...(line === 0 ? [name, on ? 'on' : 'off'] : ['', '']),
    ...lists.map((list) => list[line] ?? ''),
  ]);
}

function describeTurningOn({ name, summary, example }: ListedComponent): string[] {
  if (example === null) return [];
  return [
    '',
    ...wrapWords(`${name} is off: ${summary}`, terminalWidth),
    ...wrapWords(
      'To turn it on, set this section in matrix.yaml, then run `matrix-deploy apply`:',
      terminalWidth,
    ),
    `  ${renderSection(name, example)}`,
  ];
}
