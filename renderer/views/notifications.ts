/** Whether the operator wants to hear of fallbacks while the window is hidden; kept in this browser. */
import { useSyncExternalStore } from 'react';

const KEY = 'doorbell.notifications';
const listeners = new Set<() => void>();

export type NotificationChoice = 'off' | 'on' | 'denied';

const canNotify = (): boolean => 'Notification' in window;

export function notificationChoice(): NotificationChoice {
  if (localStorage.getItem(KEY) !== 'on') return 'off';
  return canNotify() && Notification.permission === 'granted' ? 'on' : 'denied';
}

const tell = (): void => {
  for (const listener of listeners) listener();
};

/** Asks the browser where it has to be asked. To be called from a press of a button. */
export function allowNotifications(): void {
  localStorage.setItem(KEY, 'on');
  if (canNotify() && Notification.permission === 'default')
    void Notification.requestPermission().finally(tell);
  tell();
}

export function turnNotifications(): void {
  if (notificationChoice() === 'off') allowNotifications();
  else {
    localStorage.setItem(KEY, 'off');
    tell();
  }
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useNotificationChoice = (): NotificationChoice =>
  useSyncExternalStore(subscribe, notificationChoice);
