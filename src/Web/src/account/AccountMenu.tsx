import { CircleUser, KeyRound, ListChecks, LogIn, LogOut, UserPlus, Users } from "lucide-react";
import { DropdownMenu } from "radix-ui";
import { Link } from "react-router";
import { api } from "../api/calls";
import { messageOf } from "../api/http";
import { useMe } from "../app/useMe";
import { useNotify } from "../controls/Toasts";
import { signInPath } from "./paths";

export const roleWords = { visitor: "Visitor", user: "User", reviewer: "Reviewer", admin: "Admin" } as const;

/** Who am I, and the ways in and out. */
export function AccountMenu() {
  const me = useMe().data;
  const notify = useNotify();
  if (!me) return null;

  const signOut = async () => {
    try {
      await api.signOut();
      location.assign("/");
    } catch (error) {
      notify(`You are still signed in. ${messageOf(error)}`, "problem");
    }
  };

  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>
        <button type="button" className="sidebar-link account-trigger" data-testid="account-menu">
          <CircleUser size={16} aria-hidden />
          <span className="account-name">{me.name ?? "Not signed in"}</span>
          {me.role !== "visitor" && me.role !== "user" && <span className="chip">{roleWords[me.role]}</span>}
        </button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" side="top" sideOffset={4}>
          {me.role === "visitor" ? (
            <>
              <DropdownMenu.Label className="menu-label">
                Your chats belong to this browser. An account takes them along.
              </DropdownMenu.Label>
              <DropdownMenu.Item className="menu-item" asChild>
                <a href="/sign-up" data-testid="menu-sign-up">
                  <UserPlus size={15} aria-hidden /> Create an account
                </a>
              </DropdownMenu.Item>
              <DropdownMenu.Item className="menu-item" asChild>
                <a href={signInPath(location.pathname)} data-testid="menu-sign-in">
                  <LogIn size={15} aria-hidden /> Sign in
                </a>
              </DropdownMenu.Item>
            </>
          ) : (
            <>
              <DropdownMenu.Item className="menu-item" asChild>
                <Link to="/account" data-testid="menu-account">
                  <KeyRound size={15} aria-hidden /> Account and API keys
                </Link>
              </DropdownMenu.Item>
              {(me.role === "reviewer" || me.role === "admin") && (
                <DropdownMenu.Item className="menu-item" asChild>
                  <Link to="/review" data-testid="menu-review">
                    <ListChecks size={15} aria-hidden /> Votes to review
                  </Link>
                </DropdownMenu.Item>
              )}
              {me.role === "admin" && (
                <DropdownMenu.Item className="menu-item" asChild>
                  <Link to="/users" data-testid="menu-users">
                    <Users size={15} aria-hidden /> Users
                  </Link>
                </DropdownMenu.Item>
              )}
              <DropdownMenu.Separator className="menu-line" />
              <DropdownMenu.Item className="menu-item" data-testid="menu-sign-out" onSelect={() => void signOut()}>
                <LogOut size={15} aria-hidden /> Sign out
              </DropdownMenu.Item>
            </>
          )}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
