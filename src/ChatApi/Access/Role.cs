namespace ChatLoop.ChatApi.Access;

/// <summary>What somebody may do. Each role may do all that the ones before it may.</summary>
public enum Role
{
    /// <summary>Nobody signed in: a browser that keeps its cookie.</summary>
    Visitor,
    /// <summary>Has an account.</summary>
    User,
    /// <summary>Judges what others said.</summary>
    Reviewer,
    /// <summary>Decides which version serves and who has which role.</summary>
    Admin,
}
