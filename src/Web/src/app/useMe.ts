import { useQuery } from "@tanstack/react-query";
import { api } from "../api/calls";
import { keys } from "./services";

export function useMe() {
  return useQuery({ queryKey: keys.me, queryFn: api.me });
}
