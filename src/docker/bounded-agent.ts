import { Agent, type ClientRequest } from 'node:http';
import { inspect } from 'node:util';
import { BoundsError, watchBounds } from '../host/bounds.ts';
import { boundsOf, type EngineBounds, rememberAnswer, rememberUnanswered } from './engine-bounds.ts';

/**
 * An agent for the client of the engine. Each call has a connection of its own, which is destroyed when the call
 * exceeds its bounds or the signal fires, in whatever state it is: waiting for an answer, in the middle of one, or
 * hijacked. So no call can outlive its bounds, whatever the client does with it.
 */
export function boundedAgent(bounds: EngineBounds): Agent {
  // docker-modem formats the agent at each call, for debug output that is never on. With all of the agent's
  // connections, that takes milliseconds.
  const agent: Agent & Partial<AddsRequests> = Object.assign(new Agent(), {
    [inspect.custom]: () => 'Agent',
  });
  const addRequest = agent.addRequest?.bind(agent);
  agent.addRequest = (request, ...others) => {
    request.once('socket', (socket) => {
      let isAnswered = false;
      const watch = watchBounds(boundsOf(request.method, request.path, bounds), (reason) => {
        const isLate = !isAnswered && reason instanceof BoundsError;
        socket.destroy(isLate ? rememberUnanswered(bounds, reason) : reason);
      });
      socket.on('data', (chunk: Buffer) => {
        isAnswered = true;
        rememberAnswer(bounds);
        watch.arrived(chunk.length);
      });
      socket.once('close', watch.end);
    });
    addRequest?.(request, ...others);
  };
  return agent;
}

/** How node:http asks an agent for a connection: only here the agent gets to know the request. */
interface AddsRequests {
  addRequest(request: ClientRequest, ...others: unknown[]): void;
}
