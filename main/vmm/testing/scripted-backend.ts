/**
 * The smallest back-end that a front-end can be tested against: a real socket, every request decoded by the
 * table, recorded, and answered with fixed values. It serves no ring.
 */
import type { Addon, Fd, Listener } from '../../addon/surface.ts';
import { valueOf } from '../../addon/testing/expectations.ts';
import type { ChannelFrame } from '../../channel/frame-reader.ts';
import { MessageChannel } from '../../channel/message-channel.ts';
import { decodeAck } from '../../wire/decode-answer.ts';
import { decodeFrontend } from '../../wire/decode.ts';
import type { Dialect } from '../../wire/dialect.ts';
import { encodeAck, encodeBackend, encodeReply, owedToFrontend } from '../../wire/encode.ts';
import type { Negotiated } from '../../wire/negotiated.ts';
import { encodeNetConfig, type NetConfig } from '../../wire/net-config.ts';
import { protocolMask } from '../../wire/protocol-features.ts';

import { BACKEND, type BackendName, type BackendPayloads } from '../../wire/table/backend.ts';
import { FRONTEND, type FrontendMessage, type FrontendName } from '../../wire/table/frontend.ts';
import { virtioMask } from '../../wire/virtio-features.ts';

export interface BackendScript {
  readonly dialect: Dialect;
  readonly virtioOffered: bigint;
  readonly protocolOffered: bigint;
  readonly queuePairs: number;
  /** These are refused where they can be. */
  readonly refuse: readonly FrontendName[];
  /** These are never answered. */
  readonly swallow: readonly FrontendName[];
  /** Sent instead of the answer to these. */
  readonly instead: Partial<Record<FrontendName, Uint8Array>>;
  /** Answers GET_VRING_BASE. */
  readonly base: number;
}

export const SCRIPT: BackendScript = {
  dialect: 'upstream',
  virtioOffered: virtioMask(
    'F_VERSION_1',
    'F_EVENT_IDX',
    'F_INDIRECT_DESC',
    'VHOST_USER_F_PROTOCOL_FEATURES',
  ),
  protocolOffered: protocolMask(
    'MQ',
    'REPLY_ACK',
    'BACKEND_REQ',
    'BACKEND_SEND_FD',
    'HOST_NOTIFIER',
    'STATUS',
  ),
  queuePairs: 16,
  refuse: [],
  swallow: [],
  instead: {},
  base: 0,
};

export const NET_CONFIG: NetConfig = { mac: '52:54:00:00:01:00', linkUp: true, queuePairs: 16, mtu: 1500 };

export class ScriptedBackend {
  readonly received: FrontendMessage[] = [];
  /** Text of every request that the table refuses: a front-end of ours must cause none. */
  readonly malformed: string[] = [];
  ended = false;
  /** Answers GET_CONFIG from now on. */
  config = encodeNetConfig(NET_CONFIG);
  readonly #addon: Addon;
  readonly #script: BackendScript;
  readonly #listener: Listener;
  readonly #waiting: { readonly id: number; readonly resolve: (value: bigint | null) => void }[] = [];
  #negotiated: Negotiated;
  #frontend: MessageChannel | null = null;
  #backend: MessageChannel | null = null;

  constructor(addon: Addon, path: string, script: Partial<BackendScript> = {}) {
    this.#addon = addon;
    this.#script = { ...SCRIPT, ...script };
    const { dialect, virtioOffered } = this.#script;
    this.#negotiated = { dialect, virtioOffered, virtioAcked: 0n, protocolAcked: 0n };
    this.#listener = valueOf(addon.io.listen(path, 0o600));
    this.#listener.onConnection((stream) => {
      this.ended = false;
      this.#frontend = new MessageChannel(stream, {
        onMessage: (frame) => this.#received(frame),
        onClosed: () => this.hangUp(),
      });
    });
  }

  names(): readonly FrontendName[] {
    return this.received.map(({ name }) => name);
  }

  /** Sends a request on the back-end channel, taking the fd → its answer; null when the connection ended first. */
  ask<Name extends BackendName>(
    name: Name,
    payload: BackendPayloads[Name],
    fd: Fd | null,
  ): Promise<bigint | null> {
    const bytes = encodeBackend(name, payload, true);
    return new Promise((resolve) => {
      this.#waiting.push({ id: BACKEND[name].id, resolve });
      this.sendRaw(bytes, fd === null ? [] : [fd]);
    });
  }

  /** Any bytes on the back-end channel. */
  sendRaw(bytes: Uint8Array, fds: readonly Fd[]): void {
    this.#backend?.send(bytes, fds);
  }

  /** Any bytes on the front-end socket. */
  sendUnasked(bytes: Uint8Array): void {
    this.#frontend?.send(bytes);
  }

  hangUp(): void {
    this.ended = true;
    this.#frontend?.close();
    this.#backend?.close();
    for (const { resolve } of this.#waiting.splice(0)) resolve(null);
  }

  close(): void {
    this.hangUp();
    this.#listener.close();
  }

  #received(frame: ChannelFrame): void {
    const decoded = decodeFrontend(frame, this.#negotiated);
    if (!decoded.ok) {
      for (const fd of frame.fds) fd.close();
      this.malformed.push(JSON.stringify(decoded.error));
      return;
    }
    const { message, notes } = decoded.value;
    this.malformed.push(...notes);
    this.received.push(message);
    this.#keep(message, frame.fds);
    const { swallow, instead, refuse } = this.#script;
    const substitute = instead[message.name];
    if (substitute !== undefined) this.#frontend?.send(substitute);
    else if (!swallow.includes(message.name)) this.#answer(message, refuse.includes(message.name));
  }

  #keep(message: FrontendMessage, fds: readonly Fd[]): void {
    const [first, ...others] = fds;
    for (const fd of others) fd.close();
    if (message.name === 'SET_BACKEND_REQ_FD' && first !== undefined) {
      this.#backend = new MessageChannel(valueOf(this.#addon.io.streamFromFd(first)), {
        onMessage: (answer) => this.#answered(answer),
        onClosed: () => this.hangUp(),
      });
      return;
    }
    first?.close();
    if (message.name === 'SET_FEATURES')
      this.#negotiated = { ...this.#negotiated, virtioAcked: message.payload };
    if (message.name === 'SET_PROTOCOL_FEATURES')
      this.#negotiated = { ...this.#negotiated, protocolAcked: message.payload };
  }

  #answer(message: FrontendMessage, isRefused: boolean): void {
    const owed = owedToFrontend(message, this.#negotiated);
    if (owed === 'ack') this.#frontend?.send(encodeAck(idOf(message.name), isRefused ? 1n : 0n));
    if (owed === 'explicit') this.#frontend?.send(this.#reply(message));
  }

  #reply(message: FrontendMessage): Uint8Array {
    switch (message.name) {
      case 'GET_FEATURES':
        return encodeReply('GET_FEATURES', this.#script.virtioOffered);
      case 'GET_PROTOCOL_FEATURES':
        return encodeReply('GET_PROTOCOL_FEATURES', this.#script.protocolOffered);
      case 'GET_QUEUE_NUM':
        return encodeReply('GET_QUEUE_NUM', BigInt(this.#script.queuePairs));
      case 'GET_MAX_MEM_SLOTS':
        return encodeReply('GET_MAX_MEM_SLOTS', 8n);
      case 'SET_LOG_BASE':
        return encodeReply('SET_LOG_BASE', null);
      case 'IOTLB_MSG':
        return encodeReply('IOTLB_MSG', 0n);
      case 'GET_CONFIG': {
        const { offset, flags, data } = message.payload;
        const window = this.config.subarray(offset, offset + data.byteLength);
        return encodeReply('GET_CONFIG', { offset, flags, data: window });
      }
      case 'GET_STATUS':
        return encodeReply('GET_STATUS', 0n);
      case 'GET_VRING_BASE':
        return encodeReply('GET_VRING_BASE', { index: message.payload.index, num: this.#script.base });
      default:
        throw new Error(`no reply scripted for ${message.name}`);
    }
  }

  #answered(frame: ChannelFrame): void {
    const oldest = this.#waiting.shift();
    if (oldest === undefined) throw new Error('an answer that nobody waits for');
    const ack = decodeAck(oldest.id, frame);
    if (!ack.ok) throw new Error(`bad answer: ${ack.error.kind}`);
    oldest.resolve(ack.value);
  }
}

const idOf = (name: FrontendName): number => FRONTEND[name].id;
