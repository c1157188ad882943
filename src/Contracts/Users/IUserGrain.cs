namespace ChatLoop.Contracts.Users;

public enum TrainingConsent { NotAsked, Granted, Declined }

/// <summary>A user's choices; the key is the user's id.</summary>
[Alias("ChatLoop.IUserGrain")]
public interface IUserGrain : IGrainWithStringKey
{
    Task<TrainingConsent> GetConsent();

    /// <summary>Applies to all feedback of this user, past and future, from the next training batch on.</summary>
    Task SetConsent(TrainingConsent consent);
}
