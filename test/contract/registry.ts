import { type ComponentRegistry, components as known } from '../../src/components/components.ts';
import { bridge } from './bridge/bridge.ts';
import { pages } from './pages/pages.ts';
import { relay } from './relay/relay.ts';

/** The components of the program, and three that it does not know. No file of the program is edited for them. */
export const components: ComponentRegistry = { ...known, pages, relay, bridge };
