import type { Operation } from './operation.ts';

/** What happens while a plan is applied; renderers in output/ show it. */
export type ApplyEvent =
  | { readonly type: 'begin'; readonly operations: number; readonly estimateSeconds: number }
  | { readonly type: 'start'; readonly operation: Operation }
  | { readonly type: 'progress'; readonly operation: Operation; readonly text: string }
  | { readonly type: 'done'; readonly operation: Operation; readonly milliseconds: number }
  | { readonly type: 'fail'; readonly operation: Operation; readonly milliseconds: number }
  /** Not done, because another one failed or the operator interrupted; 0 milliseconds where it never started. */
  | { readonly type: 'cancel'; readonly operation: Operation; readonly milliseconds: number }
  | { readonly type: 'end' }
  | { readonly type: 'note'; readonly text: string };

export type Emit = (event: ApplyEvent) => void;
