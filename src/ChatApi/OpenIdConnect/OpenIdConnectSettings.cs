using ChatLoop.Contracts.Errors;

namespace ChatLoop.ChatApi.OpenIdConnect;

/// <summary>A team's identity provider, from the section "Identity:OpenIdConnect". A class and no record, so that it is never printed.</summary>
public sealed class OpenIdConnectSettings
{
    public const string Section = "Identity:OpenIdConnect";

    /// <summary>The provider's address, where .well-known/openid-configuration is.</summary>
    public string? Authority { get; set; }
    public string? ClientId { get; set; }
    public string? ClientSecret { get; set; }

    /// <summary>What the button says.</summary>
    public string Name { get; set; } = "your team's account";

    /// <summary>The claim of the ID token that has roles or groups; without it, admins give roles here.</summary>
    public string? RoleClaim { get; set; }

    /// <summary>Values of the claim that make an admin, or a reviewer.</summary>
    public IReadOnlyList<string> AdminValues { get; set; } = [];
    public IReadOnlyList<string> ReviewerValues { get; set; } = [];

    /// <summary>Asked for beside openid and profile, where the provider gives the claim for one.</summary>
    public IReadOnlyList<string> Scopes { get; set; } = [];

    /// <returns>Null where no provider is configured.</returns>
    /// <exception cref="ChatLoopException">Invalid, naming the setting and never a secret.</exception>
    public static OpenIdConnectSettings? Read(IConfiguration configuration)
    {
        if (configuration.GetSection(Section).Get<OpenIdConnectSettings>() is not { } settings) return null;
        if (string.IsNullOrWhiteSpace(settings.Authority))
        {
            return string.IsNullOrWhiteSpace(settings.ClientId) && string.IsNullOrWhiteSpace(settings.ClientSecret)
                ? null
                : throw Wrong(nameof(Authority), "is missing: give the provider's address, like https://login.example.org/tenant.");
        }
        settings.Validate();
        return settings;
    }

    internal bool IsLocal => new Uri(Authority!).IsLoopback;

    private void Validate()
    {
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var address) || address.Scheme is not ("https" or "http"))
            throw Wrong(nameof(Authority), $"is '{Authority}': give the provider's address, like https://login.example.org/tenant.");
        if (address.Scheme == "http" && !address.IsLoopback)
            throw Wrong(nameof(Authority), "must begin with https: whoever can change what the provider says signs in as anybody.");
        if (string.IsNullOrWhiteSpace(ClientId)) throw Wrong(nameof(ClientId), "is missing: it is what the provider knows this service by.");
        if (string.IsNullOrWhiteSpace(ClientSecret))
            throw Wrong(nameof(ClientSecret), "is missing: give it by environment variable, Identity__OpenIdConnect__ClientSecret.");
        if (string.IsNullOrWhiteSpace(RoleClaim) && AdminValues.Count + ReviewerValues.Count > 0)
            throw Wrong(nameof(RoleClaim), $"is missing, but {nameof(AdminValues)} or {nameof(ReviewerValues)} are given: name the claim that has them, like groups.");
        if (!string.IsNullOrWhiteSpace(RoleClaim) && AdminValues.Count + ReviewerValues.Count == 0)
            throw Wrong(nameof(AdminValues), $"and {nameof(ReviewerValues)} are empty, but {nameof(RoleClaim)} is given: nobody would have a role by it.");
    }

    private static ChatLoopException Wrong(string name, string what) => ChatLoopException.Invalid($"{Section}:{name} {what}");
}
