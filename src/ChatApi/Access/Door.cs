using Microsoft.AspNetCore.Authorization;

namespace ChatLoop.ChatApi.Access;

/// <summary>What a call asks of its caller.</summary>
/// <param name="Least">The least role.</param>
/// <param name="Scopes">An API key needs one of them; empty: no key opens it, only a signed-in browser.</param>
public sealed record Door(Role Least, IReadOnlyList<ApiScope> Scopes) : IAuthorizationRequirement;
