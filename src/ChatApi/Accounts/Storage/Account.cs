using ChatLoop.ChatApi.Access;
using Microsoft.AspNetCore.Identity;

namespace ChatLoop.ChatApi.Accounts.Storage;

/// <summary>Somebody who signs in. The id is the user id of conversations and judgements.</summary>
public sealed class Account : IdentityUser
{
    public Role Role { get; set; } = Role.User;
    /// <summary>May not sign in; keys are refused.</summary>
    public bool Disabled { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
}
