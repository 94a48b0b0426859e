import { useQuery } from "@tanstack/react-query";
import { systemQuery } from "./queries";
import type { ListenerView } from "./types";

/** Where callers reach the gateway: a listener's address, as seen from this browser. */
export function baseOf(listeners: readonly ListenerView[], secure: boolean, here: string): string {
  // A listener that was handed over without an address cannot be named.
  const named = listeners.filter((listener) => /:\d+$/.test(listener.address));
  const wanted = named.find((listener) => listener.protocol === (secure ? "https" : "http")) ?? named[0];
  if (!wanted) return `http://${here}:8080`;
  const at = wanted.address.lastIndexOf(":");
  const host = wanted.address.slice(0, at);
  // An address that stands for all of the machine's is reached by the name under which the console is.
  const reached = ["0.0.0.0", "[::]", ""].includes(host) ? here : host;
  return `${wanted.protocol}://${reached}:${wanted.address.slice(at + 1)}`;
}

/** The base for `curl` lines. Who may not see the installation's state gets the usual port. */
export function useGateway(secure = false): string {
  const { data } = useQuery({ ...systemQuery, refetchInterval: false, staleTime: 300_000, retry: false });
  return baseOf(data?.listeners ?? [], secure, window.location.hostname);
}
