using System.ComponentModel.DataAnnotations;
using ChatLoop.ChatApi.Access;

namespace ChatLoop.ChatApi.Identity;

/// <summary>Who may use the service, from the section "Identity".</summary>
public sealed class IdentitySettings
{
    public const string Section = "Identity";

    /// <summary>Whoever opens the page may chat, without an account. False: sign in first.</summary>
    public bool Visitors { get; set; } = true;

    /// <summary>Whoever opens the page may make an account. False: only an admin's word or OpenID Connect lets new people in.</summary>
    public bool SignUp { get; set; } = true;

    /// <summary>The least role that sees the learning page.</summary>
    [EnumDataType(typeof(Role))]
    public Role LearningPage { get; set; } = Role.Visitor;

    /// <summary>Days after which one signs in again (NIST SP 800-63B asks for it after 30).</summary>
    [Range(1, 365)]
    public int SessionDays { get; set; } = 30;

    /// <summary>Wrong passwords in a row that lock an account, and for how long.</summary>
    [Range(3, 100)]
    public int LockoutTries { get; set; } = 10;

    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan LockoutTime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How soon a server notices that a session ended on another one.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan RecheckEvery { get; set; } = TimeSpan.FromSeconds(10);

    public FirstAdminSettings Admin { get; set; } = new();
}

/// <summary>The admin that is made at the start where there is none of this name. Both or neither; keep the password in the environment.</summary>
public sealed class FirstAdminSettings
{
    public string? Name { get; set; }
    public string? Password { get; set; }
}
