/** Which handler a message goes to. Messages that nothing here implements are refused by name. */
import type { FrontendMessage } from '../../wire/table/frontend.ts';
import type { ReceivedFd } from '../events.ts';
import { setBackendReqFd } from '../back-end.ts';
import type { Turn } from '../turn.ts';
import {
  getFeatures,
  getProtocolFeatures,
  getQueueNum,
  getStatus,
  resetOwner,
  setFeatures,
  setOwner,
  setProtocolFeatures,
  setStatus,
} from './features.ts';
import { getConfig, setConfig } from './config.ts';
import { iotlbMessage } from './iotlb.ts';
import { addMemReg, getMaxMemSlots, remMemReg, setMemTable } from './memory.ts';
import { setLogBase, setLogFd } from './log.ts';
import { sendRarp, setMtu } from './net.ts';
import { refused, type Outcome } from './outcome.ts';
import {
  getVringBase,
  setVringAddr,
  setVringBase,
  setVringEnable,
  setVringFd,
  setVringNum,
} from './vring.ts';

/** Takes over the fds: each is kept by a field of the state or closed by an effect. */
export function handleMessage(turn: Turn, message: FrontendMessage, fds: readonly ReceivedFd[]): Outcome {
  const ids = fds.map((fd) => fd.id);
  switch (message.name) {
    case 'GET_FEATURES':
      return getFeatures(turn);
    case 'SET_FEATURES':
      return setFeatures(turn, message.payload);
    case 'GET_PROTOCOL_FEATURES':
      return getProtocolFeatures(turn);
    case 'SET_PROTOCOL_FEATURES':
      return setProtocolFeatures(turn, message.payload);
    case 'SET_OWNER':
      return setOwner();
    case 'RESET_OWNER':
      return resetOwner();
    case 'GET_QUEUE_NUM':
      return getQueueNum(turn);
    case 'GET_STATUS':
      return getStatus(turn);
    case 'SET_STATUS':
      return setStatus(turn, message.payload);
    case 'SET_MEM_TABLE':
      return setMemTable(turn, message.payload.regions, ids);
    case 'ADD_MEM_REG':
      return addMemReg(turn, message.payload, ids);
    case 'REM_MEM_REG':
      return remMemReg(turn, message.payload, ids);
    case 'GET_MAX_MEM_SLOTS':
      return getMaxMemSlots(turn);
    case 'SET_VRING_NUM':
      return setVringNum(turn, message.payload);
    case 'SET_VRING_BASE':
      return setVringBase(turn, message.payload);
    case 'SET_VRING_ADDR':
      return setVringAddr(turn, message.payload);
    case 'SET_VRING_KICK':
      return setVringFd(turn, 'kick', message.payload, fds);
    case 'SET_VRING_CALL':
      return setVringFd(turn, 'call', message.payload, fds);
    case 'SET_VRING_ERR':
      return setVringFd(turn, 'err', message.payload, fds);
    case 'SET_VRING_ENABLE':
      return setVringEnable(turn, message.payload);
    case 'GET_VRING_BASE':
      return getVringBase(turn, message.payload);
    case 'IOTLB_MSG':
      return iotlbMessage(turn, message.payload);
    case 'SET_LOG_BASE':
      return setLogBase(turn, message.payload, fds);
    case 'SET_LOG_FD':
      return setLogFd(turn, fds);
    case 'SEND_RARP':
      return sendRarp(turn, message.payload);
    case 'NET_SET_MTU':
      return setMtu(turn, message.payload);
    case 'GET_CONFIG':
      return getConfig(turn, message.payload);
    case 'SET_CONFIG':
      return setConfig(message.payload);
    case 'SET_BACKEND_REQ_FD':
      return setBackendReqFd(turn, fds);
    default:
      turn.closeFds(ids);
      return refused('request', 'not implemented, and not offered');
  }
}
