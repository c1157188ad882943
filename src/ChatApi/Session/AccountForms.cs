namespace ChatLoop.ChatApi.Session;

/// <summary>Who signs up or in.</summary>
public sealed record Credentials(string Name, string Password);

/// <summary>Who makes the first admin's account. The token is the console's.</summary>
public sealed record FirstAdminForm(string Token, string Name, string Password);

public sealed record NewPassword(string Current, string Next);

/// <summary>Ways into the service, for who is not signed in.</summary>
/// <param name="Visitors">One may chat without account.</param>
/// <param name="SignUp">One may make an account.</param>
/// <param name="SetUp">Nobody is admin yet: the console has a link.</param>
/// <param name="OpenIdConnect">The name of the identity provider; null where there is none.</param>
public sealed record WaysIn(bool Visitors, bool SignUp, bool SetUp, string? OpenIdConnect);
