import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { commands, defineCommand, defineEvent, events, eventSubject, ModelRegistered } from './index.js';

const z0 = z.object({});

describe('catalog', () => {
  it('should name each command and each event once', () => {
    expect(new Set(commands.map((c) => c.subject)).size).toBe(commands.length);
    expect(new Set(events.map((e) => e.type)).size).toBe(events.length);
  });

  it('should not let a service call itself over the bus', () => {
    expect(commands.filter((c) => c.callers.includes(c.service))).toEqual([]);
  });

  it('should refuse a subject outside the grammar', () => {
    expect(() => defineCommand({ subject: 'cmd.registry.RegisterModel.v1', request: z0, response: z0, callers: [] })).toThrow(
      'not a command subject',
    );
    expect(() => defineEvent({ type: 'io.slipway.modelRegistered.v1', producer: 'registry', data: z0 })).toThrow(
      'not an event type',
    );
  });

  it('should derive the subject of an event from account, producer and name', () => {
    expect(eventSubject(ModelRegistered, 'default')).toBe('evt.default.registry.ModelRegistered.v1');
  });
});
