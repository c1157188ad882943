using ChatLoop.ChatApi.Access;
using ChatLoop.ChatApi.Accounts.Storage;
using Microsoft.AspNetCore.Identity;

namespace ChatLoop.ChatApi.Accounts;

/// <summary>
/// Passwords as NIST SP 800-63B has them: long enough, none that everybody tries first, and no rule about kinds of characters.
/// </summary>
public sealed class PasswordRules : IPasswordValidator<Account>
{
    public const int Shortest = 8, ShortestOfAdmins = 12, Longest = 256;

    /// <summary>What lists of leaked passwords begin with, of those that are long enough.</summary>
    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "password1", "password12", "password123", "password1234", "passw0rd", "p@ssw0rd", "p@ssword", "12345678", "123456789",
        "1234567890", "12345678910", "123456789012", "87654321", "987654321", "0987654321", "11111111", "111111111111", "00000000", "88888888",
        "123123123", "12341234", "11223344", "12121212", "qwertyui", "qwertyuiop", "qwerty123", "qwerty1234", "qwerty12345", "1qaz2wsx",
        "1q2w3e4r", "1q2w3e4r5t", "q1w2e3r4", "zaq12wsx", "asdfghjk", "asdfghjkl", "zxcvbnm1", "abcd1234", "abc12345", "a1b2c3d4", "iloveyou",
        "iloveyou1", "sunshine", "princess", "football", "baseball", "superman", "trustno1", "whatever", "michelle", "jennifer", "starwars",
        "computer", "internet", "welcome1", "welcome123", "letmein1", "letmein123", "changeme", "changeme123", "administrator", "admin123",
        "admin1234", "admin12345", "testtest", "test1234", "secret123", "dragon123", "monkey123", "master123", "football1", "charlie1",
        "samsung1", "liverpool", "chocolate", "butterfly", "elephant", "correcthorsebatterystaple",
    };

    public async Task<IdentityResult> ValidateAsync(UserManager<Account> manager, Account user, string? password)
    {
        var name = await manager.GetUserNameAsync(user) ?? "";
        return Problem(password ?? "", name, user.Role) is { } problem
            ? IdentityResult.Failed(new IdentityError { Code = "Password", Description = problem })
            : IdentityResult.Success;
    }

    private static string? Problem(string password, string name, Role role)
    {
        var least = role == Role.Admin ? ShortestOfAdmins : Shortest;
        if (password.Length < least) return $"The password has {password.Length} characters; it needs {least}. Several words are easy to remember.";
        if (password.Length > Longest) return $"The password has {password.Length} characters; {Longest} are the most.";
        if (Common.Contains(password) || password.Distinct().Count() < 3) return "Everybody tries this password first: choose another.";
        if (name.Length > 0 && password.Contains(name, StringComparison.OrdinalIgnoreCase) || password.Contains("chatloop", StringComparison.OrdinalIgnoreCase))
            return "The password holds your name or the service's: choose another.";
        return null;
    }
}
