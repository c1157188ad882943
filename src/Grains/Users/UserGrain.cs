using ChatLoop.Contracts.Errors;
using ChatLoop.Contracts.Feedback;
using ChatLoop.Contracts.Users;
using ChatLoop.Grains.Placement;
using ChatLoop.Grains.Storage;

namespace ChatLoop.Grains.Users;

/// <param name="IsApplied">The ledger knows of it.</param>
[GenerateSerializer, Immutable, Alias("ChatLoop.UserState")]
public sealed record UserState([property: Id(0)] TrainingConsent Consent, [property: Id(1)] bool IsApplied)
{
    public UserState() : this(TrainingConsent.NotAsked, IsApplied: true) { }
}

/// <summary>A user's choices.</summary>
[RequiresRole(SiloRole.Serve)]
public sealed class UserGrain([PersistentState("user")] IPersistentState<UserState> user) : Grain, IUserGrain
{
    private readonly DurableState<UserState> _state = new(user);

    /// <summary>A crash between the choice and the ledger is made good here.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (!_state.Value.IsApplied) await Apply();
    }

    public Task<TrainingConsent> GetConsent() => Task.FromResult(_state.Value.Consent);

    public async Task SetConsent(TrainingConsent consent)
    {
        if (!Enum.IsDefined(consent) || consent == TrainingConsent.NotAsked)
            throw ChatLoopException.Invalid("Consent is either granted or declined.");
        await _state.Change(_ => new UserState(consent, IsApplied: false));
        await Apply();
    }

    private async Task Apply()
    {
        var userId = this.GetPrimaryKeyString();
        var consent = _state.Value.Consent;
        await GrainFactory.GetGrain<IFeedbackLedgerGrain>(FeedbackLedgerShards.ShardOf(userId))
            .ConsentChanged(userId, consent == TrainingConsent.Granted);
        await _state.Change(state => state with { IsApplied = true });
    }
}
